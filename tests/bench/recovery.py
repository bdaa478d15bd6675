"""How long after a SIGKILL a part does its work again, alone and while others buy (L-9).

The proof is a purchase that is begun at the moment of the kill: back at work is who has let it be paid, sold, told and
counted. What a purchase takes by itself is in the figure.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import aiohttp

from chassis.errors import Unavailable
from stack.layout import SERVICES
from tests.bench.report import Figure
from tests.bench.stand import Stand
from tests.chaos import stock_evidence as stock
from tests.chaos.evidence import Witness, witness
from tests.fixtures.scratch import CITY
from tests.integration.thread.shop import CARD, Json, Shop

PARTS = (*SERVICES, "kafka", "postgres")
# Seconds by L-9, alone and under load; it says nothing of the database.
LIMITS: dict[str, tuple[float | None, float | None]] = {
    **dict.fromkeys(SERVICES, (5.0, 10.0)),
    "kafka": (5.0, 5.0),
    "postgres": (None, None),
}
LOAD = 10.0  # purchases a second
PRESS_SECONDS = 0.05
LOOK_SECONDS = 0.02
PATIENCE_SECONDS = 60.0
QUIET_SECONDS = 3.0  # between two kills: until the one before is forgotten
CALL = aiohttp.ClientTimeout(total=20)
BROKEN = (aiohttp.ClientError, AssertionError, TimeoutError, ValueError)
TOLD = "SELECT count(*) FROM deliveries WHERE order_id = $1 AND state IN ('sent', 'delivered')"
SOLD = "SELECT count(*) FROM holds WHERE order_id = $1 AND state = 'sold'"
PAID = "SELECT count(*) FROM orders WHERE paid_at IS NOT NULL"


async def measure(stand: Stand) -> list[Figure]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=CALL) as http:
        shop = Shop(stand.stack, http)
        async with witness(stand.stack, shop) as seen:
            alone = {part: await _back(stand, seen, part) for part in PARTS}
            async with _others_buying(shop):
                loaded = {part: await _back(stand, seen, part) for part in PARTS}
    return [
        Figure(id=f"L-9.{part}_back{suffix}", ours=seconds[part], unit="s", limit=LIMITS[part][column])
        for column, (suffix, seconds) in enumerate((("", alone), ("_loaded", loaded)))
        for part in PARTS
    ]


async def _back(stand: Stand, seen: Witness, part: str) -> float:
    """Seconds."""
    await asyncio.sleep(QUIET_SECONDS)
    victim = stand.processes()[part][0]
    began = time.monotonic()
    victim.kill()
    async with asyncio.timeout(PATIENCE_SECONDS):
        order_id = await _buy(seen.shop, key=uuid4().hex)
        while not await _is_whole(seen, order_id):
            await asyncio.sleep(LOOK_SECONDS)
    stand.tick()
    return time.monotonic() - began


async def _buy(shop: Shop, *, key: str) -> str:
    """Presses until there is a page, and pays."""
    while True:
        with contextlib.suppress(*BROKEN):
            status, page = await shop.checkout(CITY, key=key, email=f"{key}@example.com")
            if status == 200:
                await _pay(shop, page)
                return str(page["orderId"])
        await asyncio.sleep(PRESS_SECONDS)


async def _pay(shop: Shop, page: Json) -> None:
    await shop.control("POST", f"stripe/sessions/{page['sessionId']}/pay", {"card": CARD})


async def _is_whole(seen: Witness, order_id: str) -> bool:
    """Sold and told; and the monitor has counted as many as were paid a moment ago."""
    found = seen.databases
    with contextlib.suppress(Unavailable):
        paid: int = await found["checkout"].fetchval(PAID)
        sold: int = await found["inventory"].fetchval(SOLD, order_id)
        told: int = await found["notifier"].fetchval(TOLD, order_id)
        counted = await stock.counted(found["monitor"])
        return bool(sold) and told == seen.shop.owners() + 1 and counted.orders >= paid
    return False


@asynccontextmanager
async def _others_buying(shop: Shop) -> AsyncIterator[None]:
    """At a steady rate, whatever becomes of it."""

    async def one() -> None:
        with contextlib.suppress(*BROKEN):
            status, page = await shop.checkout(CITY, email=f"{uuid4().hex}@example.com")
            if status == 200:
                await _pay(shop, page)

    async def all_the_time() -> None:
        began = asyncio.get_running_loop().time()
        async with asyncio.TaskGroup() as group:
            number = 0
            while True:
                number += 1
                group.create_task(one())
                await asyncio.sleep(began + number / LOAD - asyncio.get_running_loop().time())

    buying = asyncio.create_task(all_the_time())
    try:
        yield
    finally:
        buying.cancel()
        await asyncio.gather(buying, return_exceptions=True)
