"""How soon an alert is told: from the request that takes a pool to its threshold to the first message of it (L-4)."""

from __future__ import annotations

import asyncio
import time

import aiohttp

from tests.bench.report import Figure
from tests.bench.stand import Stand
from tests.fixtures.scratch import SMALL, SMALL_CITY
from tests.integration.thread.shop import Shop

MOST = 6
# Tier, how many are left before, and how many after: conditions of A-3.
CROSSINGS = (("GA", 12, 9), ("GA", 9, 5), ("GA", 5, 2), ("VIP", 6, 2))
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 30.0


async def measure(stand: Stand) -> list[Figure]:
    async with aiohttp.ClientSession() as http:
        shop = Shop(stand.stack, http)
        left = {"GA": SMALL, "VIP": SMALL}
        took = []
        for tier, before, after in CROSSINGS:
            while left[tier] > before:
                left[tier] -= await _buy(shop, tier, min(MOST, left[tier] - before))
            began = time.monotonic()
            left[tier] -= await _buy(shop, tier, before - after)
            await _told(shop, f"{SMALL_CITY} {tier} - {after} tickets remaining")
            took.append(time.monotonic() - began)
            stand.tick()
    return [Figure(id="L-4.alert_worst", ours=1000 * max(took), unit="ms", limit=5_000)]


async def _buy(shop: Shop, tier: str, quantity: int) -> int:
    await shop.pay(await shop.place(SMALL_CITY, tier=tier, quantity=quantity))
    return quantity


async def _told(shop: Shop, words: str) -> None:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not any(words in each["text"] for each in (await shop.control("GET", "messages?limit=500"))["data"]):
            await asyncio.sleep(LOOK_SECONDS)
