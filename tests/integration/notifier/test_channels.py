"""The database knows no list of channels: a new one needs no migration (N-2, N-9)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chassis.database import Database
from events import Channel
from notifier.deliveries import breaker_store
from notifier.deliveries.breaker import Breaker, BreakerState
from tests.fixtures.postgres import MakeDatabase

pytestmark = pytest.mark.asyncio
LISTING = """
SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'c' AND pg_get_constraintdef(oid) ~ '\\mchannel\\M'
"""


@pytest.mark.proves("N-2")
async def test_no_constraint_lists_channels(make_database: MakeDatabase) -> None:
    database = await Database.connect(make_database("notifier"), application="test")
    assert await database.fetch(LISTING) == []
    await database.close()


@pytest.mark.proves("N-9")
async def test_a_breaker_has_its_row_from_its_channels_first_trouble_on(make_database: MakeDatabase) -> None:
    database = await Database.connect(make_database("notifier"), application="test")
    await database.execute("DELETE FROM breakers")
    closed = Breaker(channel=Channel.SMS)
    assert await breaker_store.read(database, Channel.SMS) == closed
    opened = Breaker(
        channel=Channel.SMS,
        state=BreakerState.OPEN,
        failures=3,
        openings=1,
        reason="Twilio failed.",
        retry_at=datetime(2026, 11, 21, 15, 0, tzinfo=UTC),
    )
    async with database.transaction() as tx:
        assert await breaker_store.lock(tx, Channel.SMS) == closed
        await breaker_store.save(tx, opened)
    assert await breaker_store.read(database, Channel.SMS) == opened
    await database.close()
