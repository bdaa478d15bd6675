from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest_asyncio

from chassis.database import Database
from eventbus import create_topics, delete_topics
from tests.fixtures.kafka import kafka_at
from tests.fixtures.postgres import MakeDatabase
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench


@pytest_asyncio.fixture
async def bench(make_database: MakeDatabase, kafka: str) -> AsyncIterator[Bench]:
    """A database, and the topics it needs under a prefix of its own."""
    url = make_database("eventbus")
    connection = kafka_at(kafka, prefix=f"bus{uuid4().hex[:8]}.")
    await create_topics(connection, partitions=2, plans=ledger.PLANS)
    database = await Database.connect(url, application="test")
    await ledger.prepare(database)
    yield Bench(database=database, database_url=url, connection=connection)
    await database.close()
    await delete_topics(connection)
