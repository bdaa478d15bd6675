"""A service remembers since when it has used each secret, through rotations of the key of its fingerprints too."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest

from chassis import secret_uses
from chassis.database import Database
from tests.fixtures.postgres import MakeDatabase
from tests.unit.chassis.samples import SERVICE_KEY, host_settings
from tests.unit.monitor.samples import NOW

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-9")]

NEW_KEY, OTHER_KEY = "n" * 32, "x" * 32
DAY = timedelta(days=1)


async def test_ages_outlive_restarts_and_rotations(make_database: MakeDatabase) -> None:
    database = await Database.connect(make_database("eventbus"), application="tests", pool_size=2)

    async def start(day: int, **variables: str) -> dict[tuple[str, int], tuple[datetime, datetime]]:
        """By variable and place: since when the value is known, and since when it has its place."""
        await secret_uses.keep(
            database, host_settings(**{"SLACK_SIGNING_SECRET": "slack-old", **variables}), now=NOW + day * DAY
        )
        kept = await secret_uses.read(database)
        return {(use.name, use.place): (use.first_used_at, use.placed_at) for use in kept}

    key, slack, on = "SERVICE_TOKEN_KEY", "SLACK_SIGNING_SECRET", [NOW + day * DAY for day in range(8)]
    try:
        begun = await start(0)
        assert {name for name, _ in begun} >= {key, slack, "METRICS_TOKEN", "DATABASE_URL", "SLACK_BOT_TOKEN"}
        assert set(begun.values()) == {(on[0], on[0])}
        assert await start(1) == begun
        both = await start(2, SERVICE_TOKEN_KEY=f"{SERVICE_KEY},{NEW_KEY}")
        assert (both[key, 0], both[key, 1], both[slack, 0]) == ((on[0],) * 2, (on[2],) * 2, (on[0],) * 2)
        used = await start(3, SERVICE_TOKEN_KEY=f"{NEW_KEY},{SERVICE_KEY}", SLACK_SIGNING_SECRET="new,slack-old")
        assert (used[key, 0], used[key, 1]) == ((on[2], on[3]), (on[0], on[3]))
        assert (used[slack, 0], used[slack, 1]) == ((on[3],) * 2, (on[0], on[3]))
        alone = await start(4, SERVICE_TOKEN_KEY=NEW_KEY, SLACK_SIGNING_SECRET="new")
        assert (alone[key, 0], alone[slack, 0]) == ((on[2], on[3]), (on[3],) * 2)
        assert (key, 1) not in alone
        replaced = await start(5, SERVICE_TOKEN_KEY=OTHER_KEY, SLACK_SIGNING_SECRET="another")
        assert (replaced[key, 0], replaced[slack, 0]) == ((on[5],) * 2, (on[3],) * 2), "nobody can tell: it stays old"
        assert (await start(6, SERVICE_TOKEN_KEY=OTHER_KEY, SLACK_SIGNING_SECRET="one-more"))[slack, 0] == (on[6],) * 2
        kept = await database.fetchval("SELECT string_agg(secret_uses::text, '') FROM secret_uses")
        assert not any(secret in kept for secret in (OTHER_KEY, "one-more", "scrape-me"))
        await asyncio.gather(*(start(7, SERVICE_TOKEN_KEY=OTHER_KEY) for _ in range(3)))
    finally:
        await database.close()
