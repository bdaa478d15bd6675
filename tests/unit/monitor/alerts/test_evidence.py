"""What stands behind an alert is asked for beside the evaluation, and told in lines (A-5)."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from chassis.clock import ManualClock
from config import EvidenceKind
from monitor.alerts.evidence import EvidenceDesk
from monitor.alerts.webhook_evidence import told

pytestmark = pytest.mark.proves("A-5")

KIND = EvidenceKind.WEBHOOKS


@pytest.mark.asyncio
async def test_evidence_is_there_once_it_was_found_out_and_counts_for_a_while() -> None:
    clock, asked = ManualClock(), 0

    async def gather() -> tuple[str, ...]:
        nonlocal asked
        asked += 1
        return (f"found {asked}",)

    desk = EvidenceDesk({KIND: gather}, clock=clock)
    assert desk.found(KIND) is None
    await asyncio.sleep(0)
    assert desk.found(KIND) == ("found 1",)
    assert desk.found(KIND) is None, "the next alert has evidence of its own"
    await asyncio.sleep(0)
    clock.advance(timedelta(minutes=6))
    assert desk.found(KIND) is None, "what was found out longer ago was about another alert"
    await asyncio.sleep(0)
    assert desk.found(KIND) == ("found 3",)


@pytest.mark.asyncio
async def test_that_nobody_can_be_asked_is_a_line_and_keeps_no_alert_from_people() -> None:
    desk = EvidenceDesk({}, clock=ManualClock())
    assert desk.found(KIND) is None
    await asyncio.sleep(0)
    assert desk.found(KIND) == ("Nobody is set up who could be asked about webhooks.",)


@pytest.mark.asyncio
async def test_who_takes_long_is_let_go_with_the_process() -> None:
    ended = asyncio.Event()

    async def gather() -> tuple[str, ...]:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return ()

    desk = EvidenceDesk({KIND: gather}, clock=ManualClock())
    assert desk.found(KIND) is None
    await asyncio.sleep(0)
    await desk.close()
    await ended.wait()


def test_what_could_not_be_read_comes_first_then_what_is_wrong() -> None:
    findings = [
        {"subject": subject, "state": state, "detail": "as it is", "remedy": remedy}
        for subject, state, remedy in (
            ("mode", "well", ""),
            ("secret", "note", "Look."),
            ("endpoint", "wrong", "Enable it."),
            ("account acct_2", "unread", ""),
        )
    ]
    assert told(findings) == (
        "✗ NOT READ: account acct_2: as it is",
        "✗ endpoint: as it is → Enable it.",
        "! secret: as it is → Look.",
    )
    assert told(findings[:1]) == ("✓ Webhooks come and are handled, and their endpoints are set up as they should be.",)
