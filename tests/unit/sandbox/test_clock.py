"""The sandbox's timers: real time for what is written, a movable clock for what is waited for."""

from __future__ import annotations

import time

import pytest

from sandbox.core.clock import Timers

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("S-4")]


async def test_advance_runs_what_comes_due_in_its_order() -> None:
    timers, ran = Timers(), []

    def note(name: str) -> None:
        async def action() -> None:
            ran.append(name)

        timers.after({"late": 300, "early": 60, "never": 7200}[name], action)

    for name in ("late", "early", "never"):
        note(name)
    assert await timers.advance(3600) == 2
    assert ran == ["early", "late"]
    assert timers.waiting() == 1
    await timers.stop()


async def test_what_an_action_starts_comes_due_in_the_same_move() -> None:
    timers, seen = Timers(), []
    start = timers.elapsed()

    async def again() -> None:
        seen.append(round(timers.elapsed() - start))
        if len(seen) < 4:
            timers.after(100, again)

    timers.after(100, again)
    await timers.advance(1000)
    assert seen == [100, 200, 300, 400]
    assert round(timers.elapsed() - start) == 1000
    await timers.stop()


async def test_what_fails_stops_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    timers, ran = Timers(), []

    async def fails() -> None:
        raise ValueError("no")

    async def works() -> None:
        ran.append(1)

    timers.after(1, fails)
    timers.after(2, works)
    assert await timers.advance(5) == 2
    assert ran == [1]
    assert "An action of the sandbox failed" in caplog.text
    await timers.stop()


async def test_the_wall_clock_never_moves() -> None:
    timers = Timers()
    await timers.advance(86_400)
    assert abs(timers.wall() - time.time()) < 60
    assert round(timers.advanced_seconds) == 86_400
    await timers.stop()
