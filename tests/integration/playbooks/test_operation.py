"""Playbooks about running it, rehearsed: the trouble is there, each command runs, and what "Verify" says is seen."""

from __future__ import annotations

import asyncio

import pytest

from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.rehearsal import Rehearsal

pytestmark = [pytest.mark.usefixtures("everything_runs"), pytest.mark.proves("O-3")]

LEAVER = "lee.leaver@example.com"


def test_emergency_maintenance(stack: WholeStack) -> None:
    rehearsal = Rehearsal(stack=stack, name="emergency-maintenance")
    assert "not paused" in rehearsal.look()
    acted = rehearsal.act()
    assert acted.index("✓ Pause purchases") < acted.index("✓ Work off what has come") < acted.index("Purchases go on")
    assert "Purchases pause since" in acted
    assert "not paused" in rehearsal.verify()


def test_job_failed(stack: WholeStack) -> None:
    rehearsal = Rehearsal(stack=stack, name="job-failed")
    assert "forget-sessions" in rehearsal.look()
    rehearsal.act()
    asyncio.run(_until_done(rehearsal))


async def _until_done(rehearsal: Rehearsal) -> None:
    """The page says: the newest run is `done`."""
    async with asyncio.timeout(60):
        while "done" not in await asyncio.to_thread(rehearsal.verify):
            await asyncio.sleep(0.5)


def test_end_access(stack: WholeStack) -> None:
    stack.fullhouse("users", "add", LEAVER, "--role", "operator", "--replace", "--json")
    rehearsal = Rehearsal(stack=stack, name="end-access", words={"EMAIL": LEAVER})
    assert LEAVER in rehearsal.look()
    rehearsal.act()
    verified = rehearsal.verify()
    listed = next(line for line in verified.splitlines() if LEAVER in line)
    assert "no" in listed.split()
    assert "user_disabled" in verified
