from __future__ import annotations

from collections.abc import AsyncIterator, Mapping

import pytest
import pytest_asyncio

from tests.fixtures.postgres import fresh_databases
from tests.integration.checkout.neighbours import Neighbours, open_neighbours
from tests.integration.checkout.world import SEATS, World


@pytest.fixture
def seats() -> Mapping[str, int]:
    """How many of each tier the test's city has; a module may have its own."""
    return SEATS


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def neighbours(postgres: str, kafka: str, topic_prefix: str) -> AsyncIterator[Neighbours]:
    """What is started once for all tests of a module."""
    with fresh_databases(postgres) as make:
        urls = make("checkout"), make("inventory")
        async with open_neighbours(
            checkout_url=urls[0], inventory_url=urls[1], kafka=kafka, prefix=topic_prefix
        ) as opened:
            yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def surroundings(neighbours: Neighbours, seats: Mapping[str, int]) -> AsyncIterator[World]:
    """Everything but checkout runs, which a test starts as it wants it."""
    async with neighbours.world(seats) as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module")
async def world(surroundings: World) -> World:
    """Everything runs, and seats can be bought."""
    await surroundings.start_checkout()
    return surroundings
