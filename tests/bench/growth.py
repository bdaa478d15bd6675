"""Inventory with a million sold tickets and ten million rows of the ledger, by turns with an empty one (L-7)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Final

from chassis.database import Database
from chassis.ids import uuid7
from inventory.recount import store as recount_store
from inventory.recount.service import Recount
from tests.bench.report import Figure
from tests.bench.stand import Stand, median
from tests.integration.inventory.bench import CITY, Bench, open_bench

CITIES: Final = 100
TICKETS: Final = 1_000_000
ROWS_A_TICKET: Final = 10
CHUNKS: Final = 100
ROUNDS: Final = 9
CALLS: Final = 60
SEATS: Final = 100_000
WITHIN: Final = 1.2
# What each of so many buyers has left behind: a hold that became a sale, a ticket, and rows of the ledger.
_ORDERS: Final = "FROM generate_series($1::int, $2::int) AS n"
_WHERE: Final = f"'city-' || n % {CITIES}, 'ga'"
_HOLDS: Final = f"""
INSERT INTO holds (order_id, part, city_id, tier, quantity, state, order_version, created_at, changed_at)
SELECT md5('o' || n)::uuid, 1, {_WHERE}, 1, 'sold', 2, now(), now() {_ORDERS}
"""
_TICKETS: Final = f"""
INSERT INTO tickets (order_id, seat, city_id, tier, code, valid, place, issued_at)
SELECT md5('o' || n)::uuid, 1, {_WHERE}, 'code-' || n, true, 'public', now() {_ORDERS}
"""
_LEDGER: Final = f"""
INSERT INTO ledger (city_id, tier, operation, quantity, order_id, actor, reason, before, after, recorded_at)
SELECT {_WHERE}, 'hold', 1, md5('o' || n)::uuid, 'checkout', 'checkout_started', counts, counts, now()
FROM generate_series($1::int, $2::int) AS n CROSS JOIN generate_series(1, {ROWS_A_TICKET}),
    jsonb_build_object('publicLimit', {SEATS}, 'actualLimit', {SEATS}, 'held', 0, 'sold', {TICKETS // CITIES},
                       'spareSold', 0, 'oversold', 0) AS counts
"""
_SOLD: Final = f"UPDATE pools SET sold = {TICKETS // CITIES} WHERE city_id LIKE 'city-%' AND tier = 'ga'"


async def measure(stand: Stand) -> list[Figure]:
    async with AsyncExitStack() as stack:
        empty, grown = [await stack.enter_async_context(open_bench(await _made(stand))) for _ in range(2)]
        for bench in (empty, grown):
            await _open(bench)
        await _fill(stand, grown)
        figures = [await _by_turns(name, call, empty, grown) for name, call in _CALLS.items()]
        own = [await _milliseconds(_audit_of("city-1"), bench) for bench in (grown, empty)]
        stand.tick()
    return [*figures, Figure(id="L-7.audit_of_10000_tickets", ours=own[0], baseline=own[1], unit="ms")]


async def _made(stand: Stand) -> str:
    return await asyncio.to_thread(stand.make_database, "inventory")


async def _open(bench: Bench) -> None:
    """The same catalogue for both."""
    for city in (CITY, *(f"city-{number}" for number in range(CITIES))):
        await bench.open({"ga": (SEATS, SEATS), "vip": (10, 10)}, city=city)


async def _fill(stand: Stand, bench: Bench) -> None:
    size = TICKETS // CHUNKS
    for chunk in range(CHUNKS):
        span = (chunk * size + 1, (chunk + 1) * size)
        for sql in (_HOLDS, _TICKETS, _LEDGER):
            async with bench.database.transaction() as tx:
                await tx.execute(sql, *span)
        stand.tick()
    await bench.database.execute(_SOLD)
    await bench.database.execute("UPDATE cities SET stock_version = stock_version + 1")
    for table in ("holds", "tickets"):  # as it does by itself, sooner or later
        await bench.database.execute(f"VACUUM (ANALYZE) {table}")
    for table in ("ledger", "pools", "cities"):
        await bench.database.execute(f"ANALYZE {table}")
    stand.tick()


async def _hold(bench: Bench) -> None:
    await bench.hold(uuid7())


async def _availability(bench: Bench) -> None:
    await bench.mirror.renew()


def _audit_of(city: str) -> Callable[[Bench], Awaitable[None]]:
    """What an audit of a city reads of inventory."""

    async def audit(bench: Bench) -> None:
        found = await Recount(bench.stock, database=bench.database, checkout=None).audit(city_id=city)
        if found.mismatches:
            raise RuntimeError(f"{city} is wrong: {found.mismatches}")
        await _issued(bench.database, city)

    return audit


async def _issued(database: Database, city: str) -> None:
    await recount_store.issued(database, before=datetime.now(UTC) + timedelta(days=1), without=[], city_id=city)


_CALLS: Final[dict[str, Callable[[Bench], Awaitable[None]]]] = {
    "hold_ms": _hold,
    "availability_ms": _availability,
    "audit_ms": _audit_of(CITY),
}


async def _by_turns(name: str, call: Callable[[Bench], Awaitable[None]], empty: Bench, grown: Bench) -> Figure:
    ours, theirs = [], []
    for _ in range(ROUNDS):
        ours.append(await _milliseconds(call, grown))
        theirs.append(await _milliseconds(call, empty))
    return Figure(id=f"L-7.{name}", ours=median(ours), baseline=median(theirs), unit="ms", limit=WITHIN)


async def _milliseconds(call: Callable[[Bench], Awaitable[None]], bench: Bench) -> float:
    """The median of some calls, one after the other."""
    taken = []
    for _ in range(CALLS):
        began = time.perf_counter()
        await call(bench)
        taken.append(1000 * (time.perf_counter() - began))
    return median(taken)
