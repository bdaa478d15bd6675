"""The pages mark a tier as low when inventory says so, and at no other time."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from tests.integration.checkout.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

_LEFT = re.compile(r'class="tier-left( low)?">.*?(\d+ of \d+) seats left', re.DOTALL)


@pytest.fixture
def seats() -> Mapping[str, int]:
    """Two tiers just above what counts as low in each."""
    return {"ga": 11, "vip": 8}


@pytest.mark.proves("W-1", "I-1", "I-9")
async def test_a_tier_is_low_on_the_page_when_inventory_says_so(world: World) -> None:
    """Eight VIP seats are many, ten General Admission seats are few: each tier has its own steps."""
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
