"""Each moment of a job is followed by a run, also when the clock jumps, and processes come and go."""

from __future__ import annotations

from datetime import datetime, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from chassis.database import Database
from chassis.jobs import MonthWork, Outcome, Run, StartedBy, store
from chassis.months import Month
from tests.fixtures.postgres import MakeDatabase
from tests.integration.chassis.job_bench import (
    HOUR,
    connected,
    declare,
    ended,
    history,
    planned,
    running,
    runs,
    shift,
    state_of,
    until,
)

UTC_ZONE: Final = ZoneInfo("UTC")

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-5")]


async def test_what_was_missed_is_caught_up_once_and_a_clock_that_went_back_repeats_nothing(
    make_database: MakeDatabase,
) -> None:
    one = planned()
    async with connected(make_database("eventbus")) as database:
        await declare(database, one)
        due_at = (await state_of(database)).due_at
        await shift(database, timedelta(days=60))
        async with running(database, one):
            [caught_up] = await ended(database, 1)
        ahead = await state_of(database)
        assert (caught_up.due_at, caught_up.started_by) == (due_at, StartedBy.CATCH_UP)
        assert ahead.due_at - caught_up.began_at <= HOUR if caught_up.began_at else False
        await shift(database, -timedelta(days=60))
        async with running(database, one):
            await until(lambda: _is_due_before(database, ahead.due_at - timedelta(days=59)))
        assert await history(database) == [caught_up]


@pytest.mark.parametrize(("days", "most"), [(100, 5), (1_000, 14)], ids=["a quarter", "years"])
async def test_of_months_that_were_missed_each_is_made_up_for_once(
    make_database: MakeDatabase, days: int, most: int
) -> None:
    """A process that dies in the middle leaves the others to whoever goes on."""
    months: list[str] = []

    async def work(month: Month) -> None:
        months.append(month.name)
        if len(months) == 2:
            raise ValueError(month)

    one = planned(MonthWork(UTC_ZONE, work))
    async with connected(make_database("eventbus")) as database:
        await declare(database, one)
        due_at = (await state_of(database)).due_at
        await shift(database, timedelta(days=days))
        now = (await store.known(database)).now
        while (await state_of(database)).due_at <= now:
            before = len(await history(database))
            async with running(database, one):
                await ended(database, before + 1)
        found = await history(database)
    first, last = Month.ended_before(due_at, UTC_ZONE), Month.ended_before(now, UTC_ZONE)
    assert (months[0], months[-1]) == (first.name, last.name), "as if each had run in time"
    assert months[1] == months[2], "what fails is tried again, before the next one"
    assert months == sorted(months)
    assert len(set(months)) == len(months) - 1 <= most
    assert {run.started_by for run in found} == {StartedBy.CATCH_UP}


@pytest.mark.parametrize("seed", range(2))
async def test_each_moment_is_followed_by_a_run_whatever_happens(make_database: MakeDatabase, seed: int) -> None:
    """Processes take, end, fail, die and come back while time goes on, by chance."""
    chance, one, held = Random(seed), planned(), list[Run]()
    moments: list[datetime] = []
    async with connected(make_database("eventbus")) as database:
        await declare(database, one)
        for _ in range(150):
            state = await state_of(database)
            moments.append(state.due_at)
            deed = chance.choice(("wait", "take", "take", "done", "done", "failed", "die"))
            if deed == "wait":
                await shift(database, timedelta(minutes=chance.randrange(1, 100)))
            elif deed == "die":
                held.clear()
            async with database.transaction() as tx:
                if deed == "take" and (run := await runs().take(tx, one)):
                    held.append(run)
                elif deed in {"done", "failed"} and held:
                    run = held.pop(chance.randrange(len(held)))
                    await runs().end(tx, run, Outcome(deed), error="" if deed == "done" else "ValueError")
        now = (await store.known(database)).now
        found = await history(database)
    past = [moment for moment in dict.fromkeys(moments) if moment <= now]
    begun = [run for run in found if run.began_at is not None]
    tail = [run for run in found if run.ended_at is None]
    assert len(tail) <= 1
    assert len(past) > 5
    for moment in past[:-1]:
        assert any(run.began_at >= moment for run in begun if run.began_at), moment
    for due_at in {run.due_at for run in found}:
        tries = [run for run in found if run.due_at == due_at]
        assert sum(run.outcome is Outcome.DONE for run in tries) <= 1
        assert sum(run.given_up for run in tries) <= 1
        assert [run.attempt for run in tries] == sorted(run.attempt for run in tries)
        # Each comes to an end: done, given up, or still open.
        assert tries[-1].outcome is Outcome.DONE or tries[-1].given_up or tries[-1].ended_at is None


async def _is_due_before(database: Database, moment: datetime) -> bool:
    return (await state_of(database)).due_at < moment
