from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.fixtures.postgres import MakeDatabase
from tests.integration.checkout.world import World, open_world, pools_open


@pytest_asyncio.fixture
async def surroundings(make_database: MakeDatabase, kafka: str, topic_prefix: str) -> AsyncIterator[World]:
    """Everything but checkout runs."""
    databases = make_database("checkout"), make_database("inventory")
    async with open_world(
        checkout_url=databases[0], inventory_url=databases[1], kafka=kafka, prefix=topic_prefix
    ) as world:
        yield world


@pytest_asyncio.fixture
async def world(surroundings: World) -> World:
    """Everything runs, and seats can be bought."""
    await surroundings.start_checkout()
    await pools_open(surroundings)
    return surroundings
