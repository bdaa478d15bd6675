"""E-5: while the database is away the consumer waits; no event is at fault (real Kafka and PostgreSQL).

`OUTAGE_SECONDS=60` makes it a whole minute: nothing in the mechanism counts or ends with time.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace

import pytest

from chassis.database import Database, Transaction
from eventbus import Received
from events import PaymentWebhookFailed
from tests.fixtures.links import Cut, Link
from tests.integration.eventbus import ledger
from tests.integration.eventbus.foreign import ours, send
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("E-5")]

OUTAGE_SECONDS = float(os.environ.get("OUTAGE_SECONDS", "3"))
BEFORE, MEANWHILE, AFTER = range(200), range(200, 400), range(400, 600)


async def holds(bench: Bench, sql: str) -> bool:
    return bool(await bench.database.fetchval(sql))


async def test_with_the_database_away_not_one_event_is_deferred_or_dies(bench: Bench) -> None:
    async with Link.to(bench.database_url) as link:
        await without_the_database(bench, link)
    assert await ledger.effects(bench.database) == [f"{number:03}" for number in range(600)]
    assert await holds(bench, "SELECT bool_and(state = 'done') FROM inbox")
    for table in ("inbox_deferred", "dead_letters", "subscription_stops", "partition_stops"):
        assert await holds(bench, f"SELECT count(*) = 0 FROM {table}"), table


async def without_the_database(bench: Bench, link: Link) -> None:
    """Sends before, meanwhile and after, and waits until all has been worked."""
    through = link.through(bench.database_url)
    database = await Database.connect(through, application="test")
    working = asyncio.Event()

    async def slowly(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        """So that the link is cut in the middle of a batch."""
        await ledger.count(tx, batch)
        working.set()
        await asyncio.sleep(0.05)

    async with replace(bench, database=database, database_url=through).bus(ledger.count_effect(slowly)):
        await send(bench, *(ours(f"{number:03}") for number in BEFORE))
        await working.wait()
        await link.cut(Cut.RESET)
        await send(bench, *(ours(f"{number:03}") for number in MEANWHILE))
        await asyncio.sleep(OUTAGE_SECONDS)
        await link.mend()
        await send(bench, *(ours(f"{number:03}") for number in AFTER))
        await eventually(lambda: holds(bench, "SELECT count(*) >= 600 FROM effects"))
    await database.close()
