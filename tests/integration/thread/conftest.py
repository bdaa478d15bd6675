from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest_asyncio

from tests.fixtures import cities
from tests.fixtures.stack import WholeStack
from tests.integration.thread.shop import Shop, eventually


@pytest_asyncio.fixture
async def shop(stocked: WholeStack, everything_runs: WholeStack) -> AsyncIterator[Shop]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as http:
        shop = Shop(stocked, http)
        await shop.control("DELETE", "faults")

        async def open_for_sale() -> bool:
            status, _ = await shop.checkout("no-such-city")
            async with http.get(f"{stocked.gateway_url}/api/inventory/{cities.CITIES[-1]}") as answer:
                return status == 404 and answer.status == 200

        await eventually(open_for_sale)
        yield shop
        await shop.control("DELETE", "faults")
