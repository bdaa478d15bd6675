"""A hot pool: inventory's batches against one row lock a request (L-2)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from chassis.ids import uuid7
from inventory.pools.domain import HoldRequest
from inventory.pools.errors import SoldOut
from tests.bench.report import Figure, Limit
from tests.bench.stand import Stand, median
from tests.integration.inventory.bench import CAUSE, CITY, Bench, open_bench

OURS = 6_000
THEIRS = 400
AT_ONCE = 256
ROUNDS = 5
BUYERS = 10_000
SEATS = 500
MANY = 1_000_000
HALL = "small-hall"
DURATION = timedelta(minutes=10)


async def measure(stand: Stand) -> list[Figure]:
    url = await asyncio.to_thread(stand.make_database, "inventory")
    async with open_bench(url) as bench:
        await bench.open({"ga": (MANY, MANY)})
        await bench.open({"ga": (SEATS, SEATS)}, city=HALL)
        await _batched(bench, OURS // 4)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(OURS / await _batched(bench, OURS))
            theirs.append(THEIRS / await _locked(bench, THEIRS))
            stand.tick()
        oversold = await _rush(bench)
        stand.tick()
    return [
        Figure(
            id="L-2.holds_per_second",
            ours=median(ours),
            baseline=median(theirs),
            unit="holds/s",
            side=Limit.AT_LEAST,
            limit=20,
        ),
        Figure(id="L-2.oversold", ours=oversold, unit="seats", limit=0),
    ]


async def _batched(bench: Bench, count: int) -> float:
    """Seconds for so many holds, AT_ONCE waiting at any time."""
    left = iter(range(count))

    async def keep_holding() -> None:
        for _ in left:
            await bench.hold(uuid7())

    return await _timed(keep_holding)


async def _locked(bench: Bench, count: int) -> float:
    """The same work, down to ledger and outbox, in the usual way: each request locks the row and commits for itself."""
    left = iter(range(count))

    async def keep_holding() -> None:
        for _ in left:
            ask = HoldRequest(order_id=uuid7(), city_id=CITY, tier="ga", quantity=1, duration=DURATION)
            async with bench.database.transaction() as tx:
                await bench.stock.hold_batch(tx, CITY, [(ask, CAUSE)])

    return await _timed(keep_holding)


async def _timed(keep_holding: Callable[[], Awaitable[None]]) -> float:
    began = time.monotonic()
    await asyncio.gather(*(keep_holding() for _ in range(AT_ONCE)))
    return time.monotonic() - began


async def _rush(bench: Bench) -> int:
    """10,000 buyers for 500 seats; how many seats too many were given."""

    async def buy() -> int:
        with suppress(SoldOut):
            await bench.hold(uuid7(), city=HALL)
            return 1
        return 0

    given = sum(await asyncio.gather(*(buy() for _ in range(BUYERS))))
    pool = await bench.pool(city=HALL)
    if given != pool["held"]:
        raise RuntimeError(f"{given} buyers were told that they have a seat, {pool['held']} do")
    return max(0, given - SEATS)
