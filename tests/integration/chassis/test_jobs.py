"""Each moment of a job has one run, whatever happens to processes and clocks, and every try of it can be seen."""

from __future__ import annotations

import asyncio
import signal
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.crashpoints import VARIABLE
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.jobs import Outcome, StartedBy, store
from tests.fixtures.forked import forked_beside
from tests.fixtures.postgres import MakeDatabase
from tests.integration.chassis.job_bench import (
    HOUR,
    HOURLY,
    POINTS,
    QUICK,
    SECOND,
    Work,
    connected,
    declare,
    die,
    ended,
    history,
    make_due,
    planned,
    runner,
    running,
    runs,
    shift,
    state_of,
    told,
    until,
)

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-5")]


async def test_of_several_processes_one_runs_a_job_and_its_outcome_is_kept(make_database: MakeDatabase) -> None:
    began: list[int] = []

    async def work() -> None:
        began.append(1)
        await asyncio.sleep(0.3)

    url = make_database("eventbus")
    async with connected(url) as first, connected(url) as second, AsyncExitStack() as stack:
        await declare(first, planned(work))
        await make_due(first)
        for database in (first, second, second):
            await stack.enter_async_context(running(database, planned(work)))
        [run] = await ended(first, 1)
        state = await state_of(first)
        assert await told(first) == 1
    assert len(began) == 1
    assert (run.outcome, run.error, run.attempt, run.started_by) == (Outcome.DONE, "", 1, StartedBy.SCHEDULE)
    assert (state.last, state.open) == (run, None)
    assert state.due_at == HOURLY.after(run.due_at)


async def test_a_job_that_fails_is_tried_three_times_then_given_up_until_its_next_time(
    make_database: MakeDatabase,
) -> None:
    errors = iter([LookupError("somebody@example.com"), ValueError(), KeyError()])

    async def work() -> None:
        if (error := next(errors, None)) is not None:
            raise error

    async with connected(make_database("eventbus")) as database:
        await declare(database, planned(work))
        await make_due(database)
        async with running(database, planned(work)) as each:
            failed = await ended(database, 3)
            await until(lambda: _is(each.failed == ("count",)))
            assert (await state_of(database)).open is None
            await make_due(database)
            done = await ended(database, 4)
            await until(lambda: _is(each.failed == ()))
        assert await told(database) == 4
    assert [(run.attempt, run.error, run.given_up) for run in failed] == [
        (1, "LookupError", False),
        (2, "ValueError", False),
        (3, "KeyError", True),
    ]
    assert len({run.due_at for run in failed}) == 1
    assert (done[3].outcome, done[3].attempt) == (Outcome.DONE, 1)


async def test_a_job_that_outlasts_its_limit_is_cancelled_and_tried_again(make_database: MakeDatabase) -> None:
    first = True

    async def work() -> None:
        nonlocal first
        if first:
            first = False
            await asyncio.sleep(600)

    short = planned(work, at_most=timedelta(milliseconds=200))
    async with connected(make_database("eventbus")) as database:
        await declare(database, short)
        await make_due(database)
        async with running(database, short):
            [late, done] = await ended(database, 2)
    assert (late.outcome, late.error) == (Outcome.FAILED, "TimeoutError")
    assert (done.outcome, done.attempt) == (Outcome.DONE, 2)


async def test_an_outage_and_an_ordered_stop_fail_no_run(make_database: MakeDatabase) -> None:
    began: asyncio.Queue[int] = asyncio.Queue()

    async def work() -> None:
        began.put_nowait(began.qsize())
        if len(seen) == 0:
            raise Unavailable("a vendor is away")
        if len(seen) == 1:
            await asyncio.sleep(600)

    seen: list[int] = []
    async with connected(make_database("eventbus")) as database:
        await declare(database, planned(work))
        await make_due(database)
        task = asyncio.create_task(runner(database, planned(work)).due.run())
        seen.append(await began.get() if not seen else 0)
        await ended(database, 1)
        await began.get()
        task.cancel()
        await asyncio.wait({task})
        await ended(database, 2)
        seen.append(1)
        async with running(database, planned(work)):
            found = await ended(database, 3)
    assert [(run.outcome, run.error, run.attempt) for run in found] == [
        (Outcome.INTERRUPTED, "Unavailable", 1),
        (Outcome.INTERRUPTED, "", 1),
        (Outcome.DONE, "", 1),
    ]


async def test_a_process_that_is_killed_at_any_point_leaves_its_run_to_the_others(make_database: MakeDatabase) -> None:
    """Killed before the claim it leaves a job that is due, later a run that is found lost; after the end nothing."""
    url, names = make_database("eventbus"), [f"count-{number}" for number in range(len(POINTS))]
    async with connected(url) as database:
        await declare(database, *(planned(name=name) for name in names))
        await make_due(database)
        async with AsyncExitStack() as stack:
            dying = [
                await stack.enter_async_context(forked_beside(die, url, name, point, environ=crashing_at(point)))
                for name, point in zip(names, POINTS, strict=True)
            ]
            assert {await process.wait() for process in dying} == {-signal.SIGKILL}
        await shift(database, QUICK.lease)
        done: list[str] = []
        jobs = [planned(_noting(done, name), name=name) for name in names]
        async with running(database, *jobs):
            found = [await ended(database, number, name) for name, number in zip(names, (1, 2, 2, 2, 1), strict=True)]
    lost_first = [Outcome.LOST, Outcome.DONE]
    outcomes = [[run.outcome for run in each] for each in found]
    assert outcomes == [[Outcome.DONE], lost_first, lost_first, lost_first, [Outcome.DONE]]
    assert sorted(done) == names[:4]
    assert all(len({run.due_at for run in each}) == 1 for each in found)


async def test_a_process_that_was_silent_too_long_is_not_believed_any_more(make_database: MakeDatabase) -> None:
    one = planned()
    async with connected(make_database("eventbus")) as database:
        await declare(database, one)
        await make_due(database)
        async with database.transaction() as tx:
            silent = await runs().take(tx, one)
        assert silent is not None
        await shift(database, QUICK.lease)
        async with running(database, one):
            found = await ended(database, 2)
        async with database.transaction() as tx:
            assert not await runs().end(tx, silent, Outcome.FAILED, error="ValueError")
        assert await history(database) == found
        assert not await store.hold(database, silent.id, lease=SECOND)
    assert [run.outcome for run in found] == [Outcome.LOST, Outcome.DONE]


async def test_a_process_that_lost_its_run_stops_working_on_it(make_database: MakeDatabase) -> None:
    stopped = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.sleep(600)
        finally:
            stopped.set()

    one = planned(work)
    async with connected(make_database("eventbus")) as database:
        await declare(database, one)
        await make_due(database)
        patient = replace(QUICK, pauses=())
        async with running(database, one, pace=patient):
            await until(lambda: _has_begun(database))
            [run] = await history(database)
            async with database.transaction() as tx:
                await runs(patient).end(tx, run, Outcome.LOST)
            async with asyncio.timeout(60):
                await stopped.wait()
        assert [run.outcome for run in await history(database)] == [Outcome.LOST]


async def test_a_job_that_is_declared_while_another_process_takes_it_is_not_due_again(
    make_database: MakeDatabase,
) -> None:
    one = planned()
    async with connected(make_database("eventbus")) as database:
        await declare(database, one)
        await make_due(database)
        async with database.transaction() as tx:
            assert await runs().take(tx, one)
            declaring = asyncio.create_task(declare(database, one))
            await until(lambda: _waits_for_a_lock(database))
        await declaring
        state = await state_of(database)
        assert state.last_due_at is not None
        assert state.due_at == HOURLY.after(state.last_due_at)


async def test_a_job_that_nobody_declares_any_more_is_forgotten_after_a_day(make_database: MakeDatabase) -> None:
    async with connected(make_database("eventbus")) as database:
        await declare(database, planned(name="gone"), planned(name="kept"))
        await shift(database, HOUR)
        await declare(database, planned(name="kept"))
        assert set((await store.known(database)).jobs) == {"gone", "kept"}
        await shift(database, timedelta(days=1))
        await declare(database, planned(name="kept"))
        assert set((await store.known(database)).jobs) == {"kept"}


async def _is(value: bool) -> bool:
    return value


async def _waits_for_a_lock(database: Database) -> bool:
    waiting: int = await database.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    return waiting > 0


async def _has_begun(database: Database) -> bool:
    return any(run.lease_until is not None for run in await history(database))


def crashing_at(point: str) -> dict[str, str]:
    return {VARIABLE: point, "FULLHOUSE_MODE": "sandbox"}


def _noting(done: list[str], name: str) -> Work:
    async def work() -> None:
        done.append(name)

    return work
