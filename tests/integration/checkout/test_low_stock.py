"""The pages mark a tier as low when inventory says so, and at no other time."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.fixtures.postgres import MakeDatabase
from tests.integration.checkout.world import World, open_world, pools_open

pytestmark = pytest.mark.asyncio

_LEFT = re.compile(r'class="tier-left( low)?">.*?(\d+ of \d+) seats left', re.DOTALL)


@pytest_asyncio.fixture
async def nearly_full(make_database: MakeDatabase, kafka: str, topic_prefix: str) -> AsyncIterator[World]:
    """A city whose two tiers are just above what counts as low in each."""
    databases = make_database("checkout"), make_database("inventory")
    async with open_world(
        checkout_url=databases[0],
        inventory_url=databases[1],
        kafka=kafka,
        prefix=topic_prefix,
        seats={"ga": 11, "vip": 8},
    ) as world:
        await world.start_checkout()
        await pools_open(world)
        yield world


@pytest.mark.proves("W-1", "I-1", "I-9")
async def test_a_tier_is_low_on_the_page_when_inventory_says_so(nearly_full: World) -> None:
    """Eight VIP seats are many, ten General Admission seats are few: each tier has its own steps."""
    world = nearly_full
    assert await marked(world) == 2 * [{"11 of 11": False, "8 of 8": False}]
    assert (await world.buy(ticketType="VIP", quantity=3)).status == 200
    assert (await world.buy(ticketType="GA", quantity=1)).status == 200

    async def seen() -> bool:
        return await marked(world) == 2 * [{"10 of 11": True, "5 of 8": True}]

    await world.until(seen, f"both tiers are low, but {await marked(world)}")


async def marked(world: World) -> list[dict[str, bool]]:
    """What each of the two pages says is left of each tier, and whether it marks it."""
    pages = [(await world.ask("GET", path)).body for path in ("/", f"/register?city={world.city}")]
    return [{left: bool(low) for low, left in _LEFT.findall(page)} for page in pages]
