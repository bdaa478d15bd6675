"""What tests of jobs run: a job, the processes that take it, and one that dies at a point of a run."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from zoneinfo import ZoneInfo

from chassis.clock import SystemClock
from chassis.database import Database
from chassis.jobs import Job, JobRunner, JobState, MonthWork, Pace, PlannedJob, Run, Schedule, store
from chassis.jobs.runs import Runs
from eventbus.outgoing.outbox import Outbox

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
HOURLY = Schedule("0 * * * *", ZoneInfo("UTC"))
QUICK = Pace(
    look=timedelta(milliseconds=50), lease=30 * SECOND, beat=timedelta(milliseconds=100), pauses=(timedelta(0),) * 2
)
IN_THE_MIDDLE = "in the middle"
POINTS = ("jobs.before_claim", "jobs.before_work", IN_THE_MIDDLE, "jobs.after_work", "jobs.after_end")

Work = Callable[[], Awaitable[None]]


async def nothing() -> None: ...


def planned(work: Work | MonthWork = nothing, *, name: str = "count", at_most: timedelta = HOUR) -> PlannedJob:
    return PlannedJob(Job(name=name, purpose="Counts.", at_most=at_most, work=work), HOURLY)


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Database]:
    database = await Database.connect(url, application="tests", pool_size=4)
    try:
        yield database
    finally:
        await database.close()


def outbox() -> Outbox:
    return Outbox(source="tests", clock=SystemClock(), wake=lambda: None)


def runs(pace: Pace = QUICK) -> Runs:
    return Runs("tests", publish=outbox().publish, pace=pace)


def runner(database: Database, *jobs: PlannedJob, pace: Pace = QUICK) -> JobRunner:
    known = {each.job.name: each for each in jobs}
    return JobRunner(lambda: known, service="tests", database=database, publish=outbox().publish, pace=pace)


@asynccontextmanager
async def running(database: Database, *jobs: PlannedJob, pace: Pace = QUICK) -> AsyncIterator[JobRunner]:
    each = runner(database, *jobs, pace=pace)
    task = asyncio.create_task(each.due.run())
    try:
        yield each
    finally:
        each.due.stop()
        await task


# Half an hour from any moment at which an hourly job is due by itself.
_CLOCK = """
INSERT INTO app_clock (shift) VALUES (date_trunc('hour', clock_timestamp()) + interval '30 minutes' - clock_timestamp())
ON CONFLICT (only_row) DO NOTHING
"""


async def declare(database: Database, *jobs: PlannedJob) -> None:
    """Says that there are these jobs; it is half past then."""
    await database.execute(_CLOCK)
    async with database.transaction() as tx:
        for each in jobs:
            await runs().declare(tx, each)


async def make_due(database: Database) -> None:
    await database.execute("UPDATE jobs SET due_at = app_now()")


async def shift(database: Database, by: timedelta) -> None:
    await database.execute(
        """
        INSERT INTO app_clock (shift) VALUES ($1)
        ON CONFLICT (only_row) DO UPDATE SET shift = app_clock.shift + excluded.shift
        """,
        by,
    )


async def history(database: Database, job: str = "count") -> list[Run]:
    return (await store.runs(database, job, before=None, limit=500))[::-1]


async def state_of(database: Database, job: str = "count") -> JobState:
    return (await store.known(database)).jobs[job]


async def until(look: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await look():
            await asyncio.sleep(0.02)


async def ended(database: Database, number: int, job: str = "count") -> list[Run]:
    """The runs, once so many have ended."""

    async def enough() -> bool:
        return sum(run.ended_at is not None for run in await history(database, job)) >= number

    await until(enough)
    return await history(database, job)


async def told(database: Database) -> int:
    number: int = await database.fetchval("SELECT count(*) FROM outbox WHERE topic = 'operations'")
    return number


def die(url: str, name: str, point: str) -> None:
    """Ends as by kill -9 at a point of a run."""

    async def work() -> None:
        if point == IN_THE_MIDDLE:
            os.kill(os.getpid(), signal.SIGKILL)

    async def begin() -> None:
        async with connected(url) as database, running(database, planned(work, name=name)):
            await asyncio.sleep(60)

    asyncio.run(begin())
