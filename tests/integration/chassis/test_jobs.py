"""Jobs run once, by whoever comes first, and a process that dies in the middle leaves its job to the others."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

import pytest

from chassis.database import Database
from chassis.jobs import Job, JobRunner, JobState, states
from chassis.jobs.domain import Outcome
from tests.fixtures.postgres import MakeDatabase

pytestmark = pytest.mark.asyncio

SECOND = timedelta(seconds=1)
LOOK = timedelta(milliseconds=50)


def job(work: Callable[[], Awaitable[None]], *, every: timedelta = 60 * SECOND, at_most: timedelta = SECOND) -> Job:
    return Job(name="count", purpose="Counts.", every=every, at_most=at_most, work=work)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Database]:
    database = await Database.connect(url, application="tests", pool_size=4)
    try:
        yield database
    finally:
        await database.close()


@asynccontextmanager
async def running(database: Database, *jobs: Job) -> AsyncIterator[None]:
    due = JobRunner(jobs, database=database, look=LOOK).due
    task = asyncio.create_task(due.run())
    try:
        yield
    finally:
        due.stop()
        await task


async def until(database: Database, fits: Callable[[JobState], bool]) -> JobState:
    async with asyncio.timeout(30):
        while not (known := await states(database)) or not fits(known[0]):
            await asyncio.sleep(0.02)
    return known[0]


async def test_of_several_processes_one_runs_a_job_and_its_outcome_is_kept(make_database: MakeDatabase) -> None:
    runs = 0

    async def work() -> None:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0.3)

    url = make_database("eventbus")
    async with connected(url) as first, connected(url) as second:
        several = (running(database, job(work)) for database in (first, second, second))
        async with AsyncExitStack() as stack:
            for each in several:
                await stack.enter_async_context(each)
            state = await until(first, lambda state: state.ended_at is not None)
            await asyncio.sleep(0.3)
    assert runs == 1
    assert (state.outcome, state.error) == (Outcome.DONE, None)
    assert state.began_at is not None
    assert state.due_at - state.began_at == 60 * SECOND


@pytest.mark.parametrize("error", [LookupError, TimeoutError])
async def test_what_fails_or_takes_too_long_is_kept_as_failed_and_comes_again(
    make_database: MakeDatabase, error: type[Exception]
) -> None:
    runs, well = 0, asyncio.Event()

    async def work() -> None:
        nonlocal runs
        runs += 1
        if not well.is_set():
            if error is LookupError:
                raise LookupError("somebody@example.com")
            await asyncio.sleep(60)

    again = job(work, every=timedelta(milliseconds=100), at_most=timedelta(milliseconds=500))
    async with connected(make_database("eventbus")) as database, running(database, again):
        failed = await until(database, lambda state: state.error is not None)
        well.set()
        done = await until(database, lambda state: state.outcome is Outcome.DONE)
    assert (failed.outcome, failed.error, done.error) == (Outcome.FAILED, error.__name__, None)
    assert runs > 1


async def test_a_job_of_a_process_that_dies_is_taken_over(make_database: MakeDatabase) -> None:
    url = make_database("eventbus")
    begun = multiprocessing.get_context("spawn").Process(target=die_in_the_middle, args=(url,))
    begun.start()
    await asyncio.to_thread(begun.join, 60)
    assert begun.exitcode == 9
    done = asyncio.Event()

    async def work() -> None:
        done.set()

    async with connected(url) as database:
        [left] = await states(database)
        assert left.began_at is not None
        assert left.ended_at is None
        async with running(database, job(work)):
            state = await until(database, lambda state: state.outcome is not None)
    assert done.is_set()
    assert state.outcome is Outcome.DONE


async def test_a_job_that_no_room_declares_any_more_is_forgotten(make_database: MakeDatabase) -> None:
    async def work() -> None: ...

    async with connected(make_database("eventbus")) as database:
        async with running(database, job(work)):
            await until(database, lambda state: state.outcome is not None)
        other = Job(name="other", purpose="Does nothing.", every=SECOND, at_most=SECOND, work=work)
        async with running(database, other):
            assert (await until(database, lambda state: state.name == "other")).name == "other"


def die_in_the_middle(url: str) -> None:
    """Begins a job and ends as by kill -9."""

    async def work() -> None:
        os._exit(9)

    async def begin() -> None:
        async with connected(url) as database, running(database, job(work)):
            await asyncio.sleep(30)

    asyncio.run(begin())
