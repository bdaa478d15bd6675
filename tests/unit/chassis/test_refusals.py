"""Refused attempts are told at once, and a flood of them together."""

from __future__ import annotations

import pytest

from chassis.clock import ManualClock
from chassis.refusals import MANY, RefusalReports
from chassis.tally import MOST_KINDS
from events import SecurityActionRefused, SecurityEvent, SecuritySignInFailed

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("X-5")]


@pytest.fixture
def told() -> list[SecurityEvent]:
    return []


@pytest.fixture
def reports(told: list[SecurityEvent]) -> RefusalReports:
    return RefusalReports(service="checkout", send=told.append, clock=ManualClock())


async def test_the_first_is_told_at_once_and_six_hundred_others_together(
    reports: RefusalReports, told: list[SecurityEvent]
) -> None:
    at_once = [
        reports.report(SecuritySignInFailed, actor="192.0.2.0", what="sign-in", code="wrong") for _ in range(601)
    ]
    assert (at_once.count(True), [event.count for event in told]) == (1, [1])
    await reports.look()
    assert [event.count for event in told] == [1, 600]
    await reports.look()
    await reports.look()
    assert len(told) == 2
    assert reports.report(SecuritySignInFailed, actor="192.0.2.0", what="sign-in", code="wrong"), "it was quiet since"


async def test_a_flood_that_goes_on_is_told_once_a_look(reports: RefusalReports, told: list[SecurityEvent]) -> None:
    for _ in range(5):
        for _ in range(100):
            reports.report(SecurityActionRefused, actor="pat", what="refund", code="role_missing")
        await reports.look()
    assert [event.count for event in told] == [1, 99, 100, 100, 100, 100]


async def test_kinds_actors_deeds_and_codes_are_told_apart(reports: RefusalReports, told: list[SecurityEvent]) -> None:
    for kind in (SecurityActionRefused, SecuritySignInFailed):
        for actor in ("a", "b"):
            for code in ("x", "y"):
                assert reports.report(kind, actor=actor, what="it", code=code)
    assert len(told) == 8


async def test_a_flood_from_everywhere_costs_a_bounded_memory(
    reports: RefusalReports, told: list[SecurityEvent]
) -> None:
    for number in range(3 * MOST_KINDS):
        reports.report(SecuritySignInFailed, actor=str(number), what="sign-in", code="wrong")
    await reports.look()
    assert len(told) <= MOST_KINDS + 2
    assert sum(event.count for event in told) == 3 * MOST_KINDS
    assert MANY in {event.actor for event in told}
