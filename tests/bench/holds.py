"""A hot pool: inventory's batches against one row lock a request (L-2)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from uuid import UUID

from chassis.database import Database
from chassis.ids import uuid7
from inventory.pools.errors import SoldOut
from tests.bench.report import Figure, Limit
from tests.bench.stand import Stand, median
from tests.integration.inventory.bench import CITY, Bench, open_bench

OURS = 6_000
THEIRS = 400
AT_ONCE = 256
ROUNDS = 3
BUYERS = 10_000
SEATS = 500
MANY = 1_000_000
HALL = "small-hall"


async def measure(stand: Stand) -> list[Figure]:
    url = await asyncio.to_thread(stand.make_database, "inventory")
    async with open_bench(url) as bench:
        await bench.open({"ga": (MANY, MANY)})
        await bench.open({"ga": (SEATS, SEATS)}, city=HALL)
        await _batched(bench, OURS // 4)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(OURS / await _batched(bench, OURS))
            theirs.append(THEIRS / await _locked(bench.database, THEIRS))
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


async def _locked(database: Database, count: int) -> float:
    """The same work in the usual way: lock the pool's row, look, write, commit."""
    left = iter(range(count))

    async def keep_holding() -> None:
        for _ in left:
            await _hold_alone(database, uuid7())

    return await _timed(keep_holding)


async def _hold_alone(database: Database, order_id: UUID) -> None:
    where = "city_id = $1 AND tier = 'ga'"
    async with database.transaction() as tx:
        row = await tx.fetchrow(f"SELECT public_limit - held - sold AS free FROM pools WHERE {where} FOR UPDATE", CITY)
        if row is None or row["free"] < 1:
            return
        await tx.execute(f"UPDATE pools SET held = held + 1 WHERE {where}", CITY)
        await tx.execute(
            "INSERT INTO holds (order_id, city_id, tier, quantity, state, hard_until, created_at, changed_at) "
            "VALUES ($1, $2, 'ga', 1, 'held', now() + interval '10 minutes', now(), now())",
            order_id,
            CITY,
        )


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
