from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.fixtures.postgres import MakeDatabase
from tests.integration.notifier import harness
from tests.integration.notifier.harness import World


@pytest_asyncio.fixture
async def world(make_database: MakeDatabase, kafka: str, topic_prefix: str) -> AsyncIterator[World]:
    """A sandbox, a database and topics; the test starts the notifier."""
    async with harness.world(database_url=make_database("notifier"), kafka=kafka, prefix=topic_prefix) as made:
        yield made
