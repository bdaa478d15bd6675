from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.fixtures.postgres import MakeDatabase
from tests.integration.inventory.bench import Bench, open_bench


@pytest_asyncio.fixture
async def bench(make_database: MakeDatabase) -> AsyncIterator[Bench]:
    """The pools' use cases on a database of the test's own, without HTTP and Kafka."""
    url = make_database("inventory")
    async with open_bench(url) as opened:
        yield opened
