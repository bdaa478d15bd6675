"""Whose turn it is to compare the services, and over how long: the first look and those that a job asks for."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.clock import TEST_EPOCH
from chassis.database import Database
from monitor.proof import store
from monitor.proof.domain import Pace
from monitor.proof.jobs import jobs
from tests.fixtures.postgres import MakeDatabase

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-5")]


async def test_a_whole_day_is_looked_at_first_and_when_the_job_asks(make_database: MakeDatabase) -> None:
    database, pace = await Database.connect(make_database("monitor"), application="tests", pool_size=1), Pace()
    [job] = jobs(database)

    async def turn(minutes: int) -> bool | None:
        async with database.transaction() as tx:
            taken = await store.take_turn(tx, now=TEST_EPOCH + timedelta(minutes=minutes), pace=pace)
        return taken.whole_day if taken else None

    try:
        assert [await turn(minutes) for minutes in (0, 0, 1, 60 * 24 * 3)] == [True, None, False, False]
        await job.begun(TEST_EPOCH)
        assert [await turn(60 * 24 * 3 + minutes) for minutes in (1, 2)] == [True, False]
    finally:
        await database.close()
