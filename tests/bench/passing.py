"""From the commit in one service to the commit in the next, through outbox, relay, Kafka and consumer (L-5)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from functools import partial
from uuid import uuid4

from chassis.clock import SystemClock
from chassis.database import Database, Transaction
from eventbus import Bus, BusSettings, Effect, Received, create_topics, delete_topics
from events import PaymentWebhookFailed
from tests.bench.report import Figure
from tests.bench.stand import Stand, quantile
from tests.integration.eventbus import ledger

WARM_UP = 20
IDLE_EVENTS = 100
IDLE_PAUSE = 0.05
BUSY_RATE = 1_000
BUSY_SECONDS = 4
IN_ONE = 5  # events a transaction under load
PATIENCE_SECONDS = 30


class Passage:
    """Two services, each with a database of its own: what the first publishes has an effect in the second."""

    def __init__(self, first: Database, second: Database) -> None:
        self.first = first
        self.second = second
        self._began: dict[str, float] = {}
        self._ended: dict[str, float] = {}

    def effect(self) -> Effect:
        return ledger.count_effect(self._count)

    async def _count(self, tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        await ledger.count(tx, batch)
        tx.after_commit(partial(self._note, [received.event.key for received in batch]))

    def _note(self, keys: Sequence[str]) -> None:
        now = time.monotonic()
        self._ended |= dict.fromkeys(keys, now)

    async def milliseconds(self, bus: Bus, *, count: int, in_one: int, pause: float) -> list[float]:
        """For each of `count` transactions, from its commit to the one that its last event led to."""
        self._began.clear()
        self._ended.clear()
        start = time.monotonic()
        async with asyncio.TaskGroup() as group:
            for number in range(count):
                await asyncio.sleep(start + number * pause - time.monotonic())
                group.create_task(self._publish(bus, in_one))
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self._ended) < count:
                await asyncio.sleep(0.05)
        return [1000 * (self._ended[key] - began) for key, began in self._began.items()]

    async def _publish(self, bus: Bus, in_one: int) -> None:
        key = uuid4().hex
        async with self.first.transaction() as tx:
            await bus.outbox.publish(tx, *(ledger.fact("bench", key=key) for _ in range(in_one)))
        self._began[key] = time.monotonic()


async def measure(stand: Stand) -> list[Figure]:
    connection = stand.stack.kafka(prefix=f"bench{uuid4().hex[:6]}.")
    urls = [await asyncio.to_thread(stand.make_database, service) for service in ("checkout", "inventory")]
    await create_topics(connection, partitions=12, plans=ledger.PLANS)
    async with AsyncExitStack() as stacked:
        stacked.push_async_callback(delete_topics, connection)
        databases = [await Database.connect(url, application="bench", pool_size=4) for url in urls]
        for database in databases:
            stacked.push_async_callback(database.close)
        passage = Passage(*databases)
        await ledger.prepare(passage.second)
        buses = [
            Bus(
                BusSettings(service="bench", connection=connection, database_url=url, slot=None),
                database=database,
                clock=SystemClock(),
            )
            for url, database in zip(urls, databases, strict=True)
        ]
        buses[1].subscribe([passage.effect()])
        for bus in buses:
            await bus.start()
            stacked.push_async_callback(bus.stop)
        await passage.milliseconds(buses[0], count=WARM_UP, in_one=1, pause=IDLE_PAUSE)
        idle = await passage.milliseconds(buses[0], count=IDLE_EVENTS, in_one=1, pause=IDLE_PAUSE)
        stand.tick()
        busy_count = BUSY_RATE * BUSY_SECONDS // IN_ONE
        busy = await passage.milliseconds(buses[0], count=busy_count, in_one=IN_ONE, pause=IN_ONE / BUSY_RATE)
        stand.tick()
    return [
        Figure(id="L-5.next_service_idle_p50", ours=quantile(idle, 0.5), unit="ms", limit=10),
        Figure(id="L-5.next_service_idle_p99", ours=quantile(idle, 0.99), unit="ms"),
        Figure(id="L-5.next_service_p50", ours=quantile(busy, 0.5), unit="ms", limit=15),
        Figure(id="L-5.next_service_p99", ours=quantile(busy, 0.99), unit="ms", limit=50),
    ]
