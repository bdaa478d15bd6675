"""A service keeps what it started with, and its next start says which variables have changed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from chassis import last_start
from chassis.database import Database
from tests.fixtures.postgres import MakeDatabase
from tests.unit.chassis.samples import host_settings
from tests.unit.monitor.samples import NOW

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-2")]

SECRET = "a-secret-that-nobody-keeps"


async def test_the_next_start_names_what_has_changed(make_database: MakeDatabase) -> None:
    database = await Database.connect(make_database("eventbus"), application="tests", pool_size=1)
    try:
        assert await last_start.read(database) is None
        with capture_logs() as lines:
            await last_start.keep(database, host_settings(), now=NOW)
            await last_start.keep(database, host_settings(), now=NOW + timedelta(hours=1))
            await last_start.keep(database, host_settings(SLACK_SIGNING_SECRET=SECRET), now=NOW + timedelta(hours=2))
        kept = await last_start.read(database)
        rows = await database.fetchval("SELECT count(*) FROM last_start")
        text = await database.fetchval("SELECT fingerprints::text FROM last_start")
    finally:
        await database.close()
    [told] = [str(line) for line in lines if line["event"] == "settings_changed"]
    assert ("['SLACK_SIGNING_SECRET']" in told, SECRET in told) == (True, False)
    assert kept is not None
    assert (kept.at, rows, SECRET in text) == (NOW + timedelta(hours=2), 1, False)
