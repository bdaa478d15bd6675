from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from random import Random

import pytest

from chassis.background import Background, Periodic
from chassis.clock import ManualClock
from chassis.errors import Unavailable
from chassis.telemetry import configure_logging

pytestmark = pytest.mark.asyncio
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def lines() -> Iterator[io.StringIO]:
    stream = io.StringIO()
    configure_logging("checkout", stream=stream)
    yield stream
    configure_logging("checkout", stream=io.StringIO())


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_periodic_runs_at_once_and_then_at_its_interval() -> None:
    clock = ManualClock()
    runs = 0

    async def job() -> None:
        nonlocal runs
        runs += 1

    background = Background(clock=clock)
    background.every(Periodic("sweep", 10 * SECOND, job))
    async with background:
        await settle()
        assert runs == 1
        clock.advance(9 * SECOND)
        await settle()
        assert runs == 1
        clock.advance(SECOND)
        await settle()
        assert runs == 2
    clock.advance(60 * SECOND)
    await settle()
    assert runs == 2


async def test_failure_is_logged_and_tried_again_ever_later(lines: io.StringIO) -> None:
    clock = ManualClock()
    attempts: list[float] = []

    async def job() -> None:
        attempts.append(clock.monotonic())
        raise ValueError("a mistake")

    background = Background(clock=clock, rng=Random(7))
    background.every(Periodic("relay", SECOND, job))
    async with background:
        for _ in range(4000):
            await settle()
            clock.advance(SECOND / 10)
            if len(attempts) == 9:
                break
        state = background.states()[0]
        assert (state.failures, state.failing) == (9, True)
    pauses = [later - earlier for earlier, later in pairwise(attempts)]
    assert pauses[0] <= 0.6
    assert 15 <= pauses[-1] <= 30.2
    assert '"event":"background_task_failed"' in lines.getvalue()
    assert '"task":"relay"' in lines.getvalue()


@pytest.mark.proves("E-5")
async def test_an_outage_is_told_in_one_line_without_a_traceback(lines: io.StringIO) -> None:
    async def job() -> None:
        raise Unavailable("database: CannotConnectNowError")

    background = Background(clock=ManualClock())
    background.every(Periodic("relay", SECOND, job))
    async with background:
        await settle()
    assert '"event":"background_task_unavailable"' in lines.getvalue()
    assert "CannotConnectNowError" in lines.getvalue()
    assert "traceback" not in lines.getvalue()


async def test_work_done_in_between_starts_the_backoff_anew() -> None:
    clock = ManualClock()
    outcomes = iter([False, False, False, True, False, True])
    attempts: list[float] = []

    async def job() -> None:
        attempts.append(clock.monotonic())
        if not next(outcomes, True):
            raise ConnectionError

    background = Background(clock=clock, rng=Random(1))
    background.every(Periodic("relay", SECOND, job))
    async with background:
        while len(attempts) < 6:
            await settle()
            clock.advance(SECOND / 10)
    assert attempts[5] - attempts[4] <= 0.6


async def test_stop_lets_a_run_under_way_end_within_its_grace() -> None:
    ended = False
    begun = asyncio.Event()

    async def job() -> None:
        nonlocal ended
        begun.set()
        await asyncio.sleep(0.01)
        ended = True

    background = Background()
    background.every(Periodic("send", 100 * SECOND, job))
    await background.start()
    await begun.wait()
    await background.stop()
    assert ended
    assert background.stopping


async def test_stop_cancels_what_does_not_end() -> None:
    cancelled = False

    async def forever() -> None:
        nonlocal cancelled
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled = True
            raise

    background = Background()
    await background.start()
    background.run("consume", forever)
    await settle()
    await background.stop()
    assert cancelled


async def test_stop_does_not_wait_for_a_pause_after_a_failure() -> None:
    async def failing() -> None:
        raise ConnectionError

    background = Background(clock=ManualClock())
    background.run("consume", failing)
    await background.start()
    await settle()
    await background.stop()


async def test_a_task_that_returns_is_finished_and_names_are_unique() -> None:
    runs = 0

    async def once() -> None:
        nonlocal runs
        runs += 1

    background = Background()
    background.run("start", once)
    with pytest.raises(ValueError, match="already"):
        background.run("start", once)
    async with background:
        await settle()
    assert runs == 1
