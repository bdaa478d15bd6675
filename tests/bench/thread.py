"""Whole purchases on the whole stack: memory, rate, CPU, latencies (L-1, L-8, L-11)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

import aiohttp

from invariants import Violation, violations
from stack.layout import SERVICES
from tests.bench.report import Figure, Limit
from tests.bench.stand import Stand, at_rate, own_cpu_seconds, quantile
from tests.chaos.evidence import Witness, witness
from tests.fixtures.scratch import CITY
from tests.integration.thread.shop import Shop, address_of

OF_PURCHASES = ("L-11.purchases", "L-11.cpu", "L-11.commits", "L-11.events", "L-11.disk", "L-11.violations")
WARM_UP = 60
PURCHASES = 600
AT_ONCE = 24
CALM_RATE = 10.0  # purchases a second at which latencies are taken
CALM_SECONDS = 10.0
LOOKS = 2_000
LOOKS_RATE = 500.0
DRAIN_SECONDS = 120.0
REST_SECONDS = 20.0
HANDED_OVER = "SELECT count(*) FROM deliveries WHERE order_id IS NOT NULL AND state IN ('sent', 'delivered')"
COMMITS = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
PUBLISHED = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM outbox_sent)"
SIZE = "SELECT pg_database_size(current_database())"
REPORT_SECONDS = 2.0
CALL = aiohttp.ClientTimeout(total=30)


@dataclass(slots=True)
class Tally:
    """`checkouts`: seconds of each answer."""

    bought: int = 0
    checkouts: list[float] = field(default_factory=list)


async def measure(stand: Stand) -> list[Figure]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), timeout=CALL) as http:
        shop = Shop(stand.stack, http)
        tally = Tally()
        async with witness(stand.stack, shop) as seen:
            await _storm(shop, tally, WARM_UP)
            await until_handed_over(seen)
            stand.tick()
            figures = await _purchases(stand, shop, seen, tally)
            stand.tick()
            figures += await _calm(shop, http)
            await until_handed_over(seen)
            found = await left_at_rest(seen)
        lost = Figure(id="L-11.violations", ours=len(found), unit="broken invariants", limit=0)
        return [*figures, lost, *_memory(stand)]


async def _purchases(stand: Stand, shop: Shop, seen: Witness, tally: Tally) -> list[Figure]:
    """Closed loop; the clock stops when the last message was handed over."""
    commits, events = await _work(seen)
    stored = await _stored(stand, seen)
    before, own = await asyncio.to_thread(stand.cpu_seconds), own_cpu_seconds()
    began = time.monotonic()
    await _storm(shop, tally, PURCHASES)
    await until_handed_over(seen)
    took = time.monotonic() - began
    generator = own_cpu_seconds() - own
    after = await asyncio.to_thread(stand.cpu_seconds)
    cpu = {part: after[part] - before[part] for part in before} | {"generator": generator}
    commits_after, events_after = await _work(seen)
    grown = {part: size - stored[part] for part, size in (await _stored(stand, seen)).items()}
    each = [
        Figure(id=f"L-11.cpu_ms_{part}", ours=1000 * seconds / PURCHASES, unit="ms/purchase")
        for part, seconds in sorted(cpu.items(), key=lambda item: -item[1])
    ]
    return [
        Figure(
            id="L-11.purchases_per_second", ours=PURCHASES / took, unit="purchases/s", side=Limit.AT_LEAST, limit=200
        ),
        Figure(id="L-11.cpu_ms_per_purchase", ours=1000 * sum(cpu.values()) / PURCHASES, unit="ms/purchase", limit=8),
        Figure(
            id="L-11.commits_per_purchase", ours=(commits_after - commits) / PURCHASES, unit="commits, all databases"
        ),
        Figure(id="L-11.events_per_purchase", ours=(events_after - events) / PURCHASES, unit="events"),
        Figure(id="L-11.disk_kb_per_purchase", ours=sum(grown.values()) / PURCHASES / 1000, unit="kB/purchase"),
        *(
            Figure(id=f"L-11.disk_kb_{part}", ours=size / PURCHASES / 1000, unit="kB/purchase")
            for part, size in grown.items()
        ),
        *each,
    ]


async def _stored(stand: Stand, seen: Witness) -> dict[str, int]:
    """Bytes of the databases, with their indexes and archives, and of Kafka's records on one broker."""
    sizes = {f"database_{name}": await database.fetchval(SIZE) for name, database in seen.databases.items()}
    records = await asyncio.to_thread(lambda: list(stand.stack.layout.kafka.rglob("*.log")))
    return {**sizes, "kafka": sum(path.stat().st_size for path in records)}


async def _work(seen: Witness) -> tuple[int, int]:
    """Commits and published events of all services so far. PostgreSQL's sessions report once a second."""
    await asyncio.sleep(REPORT_SECONDS)
    commits = [await database.fetchval(COMMITS) for database in seen.databases.values()]
    events = [await database.fetchval(PUBLISHED) for database in seen.databases.values()]
    return sum(commits), sum(events)


async def _storm(shop: Shop, tally: Tally, count: int) -> None:
    left = iter(range(count))

    async def keep_buying() -> None:
        for _ in left:
            await _buy(shop, tally)

    await asyncio.gather(*(keep_buying() for _ in range(AT_ONCE)))


async def _buy(shop: Shop, tally: Tally) -> None:
    tally.bought += 1
    email = f"bench{tally.bought}@example.com"
    began = time.monotonic()
    status, body = await shop.checkout(CITY, email=email, address=address_of(email))
    tally.checkouts.append(time.monotonic() - began)
    if status != 200:
        raise RuntimeError(f"a purchase was refused: {status} {body.get('code')}")
    await shop.control("POST", f"stripe/sessions/{body['sessionId']}/pay", {"card": "4242424242424242"})


async def until_handed_over(seen: Witness, *, seconds: float = DRAIN_SECONDS) -> None:
    """Until every purchase so far is sold and told, asking cheaply."""
    until = time.monotonic() + seconds
    messages = seen.shop.owners() + 1
    while time.monotonic() < until:
        summary = await seen.shop.control("GET", "state?summary=true")
        paid = summary["stripe"]["sessionsByPaymentStatus"].get("paid", 0)
        if await seen.databases["notifier"].fetchval(HANDED_OVER) >= paid * messages:
            sold = await seen.databases["inventory"].fetchval("SELECT count(*) FROM holds WHERE state = 'sold'")
            if sold >= paid:
                return
        await asyncio.sleep(0.05)
    raise TimeoutError(f"not everything was handed over within {seconds:.0f} s")


async def left_at_rest(seen: Witness) -> list[Violation]:
    """Receipts and figures follow a moment later than the messages."""
    until = time.monotonic() + REST_SECONDS
    while (found := violations(await seen.evidence())) and time.monotonic() < until:
        await asyncio.sleep(0.5)
    return found


async def _calm(shop: Shop, http: aiohttp.ClientSession) -> list[Figure]:
    """Latencies at a load that the machine sustains; the sandbox adds none of Stripe's own time."""
    tally = Tally(bought=1_000_000)
    await at_rate(lambda: _buy(shop, tally), CALM_RATE, int(CALM_RATE * CALM_SECONDS))
    url = f"{shop.stack.gateway_url}/api/inventory/{CITY}"
    looks: list[float] = []

    async def look() -> None:
        began = time.monotonic()
        async with http.get(url) as answer:
            await answer.read()
        looks.append(time.monotonic() - began)

    await at_rate(look, LOOKS_RATE, LOOKS)
    return [
        _milliseconds("L-1.checkout_own_p99", tally.checkouts, 0.99, limit=100),
        _milliseconds("L-1.checkout_own_p50", tally.checkouts, 0.5),
        _milliseconds("L-1.inventory_p99", looks, 0.99, limit=50),
    ]


def _milliseconds(name: str, seconds: Sequence[float], share: float, *, limit: float | None = None) -> Figure:
    return Figure(id=name, ours=1000 * quantile(seconds, share), unit="ms", limit=limit)


def _memory(stand: Stand) -> list[Figure]:
    """After the load: what a process has grown to."""
    used = stand.memory_mb()
    return [
        Figure(id="L-8.memory_services_mb", ours=sum(used[name] for name in SERVICES), unit="MB", limit=600),
        Figure(id="L-8.memory_stores_mb", ours=used["kafka"] + used["postgres"], unit="MB", limit=500),
        *(Figure(id=f"L-8.memory_{name}_mb", ours=megabytes, unit="MB") for name, megabytes in used.items()),
    ]
