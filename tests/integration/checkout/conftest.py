from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from tests.fixtures.postgres import MakeDatabase
from tests.integration.checkout.world import SEATS, World, open_world, pools_open


@pytest.fixture
def seats() -> Mapping[str, int]:
    """How many of each tier the test's city has; a module may have its own."""
    return SEATS


@pytest_asyncio.fixture
async def surroundings(
    make_database: MakeDatabase, kafka: str, topic_prefix: str, seats: Mapping[str, int]
) -> AsyncIterator[World]:
    """Everything but checkout runs."""
    databases = make_database("checkout"), make_database("inventory")
    async with open_world(
        checkout_url=databases[0], inventory_url=databases[1], kafka=kafka, prefix=topic_prefix, seats=seats
    ) as world:
        yield world


@pytest_asyncio.fixture
async def world(surroundings: World) -> World:
    """Everything runs, and seats can be bought."""
    await surroundings.start_checkout()
    await pools_open(surroundings)
    return surroundings
