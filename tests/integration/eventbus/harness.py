"""Running buses and processes for the tests beside."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from aiokafka import AIOKafkaConsumer

from chassis.clock import SystemClock
from chassis.database import Database
from eventbus import Bus, BusSettings, Effect, KafkaConnection, RawRecord, View
from eventbus.incoming.records import raw_record
from eventbus.operation.watchdog import STUCK_AFTER
from tests.fixtures.forked import FORKS, Forked, forked_beside
from tests.integration.eventbus import worker


def unexpected() -> None:
    raise AssertionError("a consumer was taken for stuck")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """A database and topics of one test's own."""

    database: Database
    database_url: str
    connection: KafkaConnection

    @asynccontextmanager
    async def bus(
        self,
        *subscriptions: Effect | View,
        slot: str | None = None,
        stuck_after: timedelta = STUCK_AFTER,
        give_up: Callable[[], None] = unexpected,
    ) -> AsyncIterator[Bus]:
        settings = BusSettings(
            service="test",
            connection=self.connection,
            database_url=self.database_url,
            slot=slot,
            stuck_after=stuck_after,
        )
        bus = Bus(settings, database=self.database, clock=SystemClock(), give_up=give_up)
        bus.subscribe(subscriptions)
        await bus.start()
        try:
            yield bus
        finally:
            await bus.stop()

    @asynccontextmanager
    async def worker(
        self, *, crash_at: str | None = None, slot: str = "0", deliveries: Path | None = None
    ) -> AsyncIterator[Forked]:
        """A process of its own, killed at the end if it still runs."""
        environ = {"FULLHOUSE_CRASH_AT": crash_at} if crash_at is not None else {}
        if deliveries is not None:
            environ[worker.DELIVERIES] = str(deliveries)
        listens = FORKS.Event()
        given = self.database_url, self.connection, slot, listens
        async with forked_beside(worker.run, *given, environ=environ) as process:
            while not listens.is_set():
                assert process.returncode is None, f"it ended with {process.returncode}"
                await asyncio.sleep(0.02)
            yield process

    async def log(self, topic: str) -> list[RawRecord]:
        """All that the topic holds now, partition by partition."""
        name = self.connection.prefixed(topic)
        consumer = AIOKafkaConsumer(name, **self.connection.client_options(), auto_offset_reset="earliest")
        await consumer.start()
        try:
            ends = await consumer.end_offsets(consumer.assignment())
            records: list[RawRecord] = []
            while any([await consumer.position(place) < end for place, end in ends.items()]):
                found = await consumer.getmany(timeout_ms=100)
                records += [raw_record(record, topic=topic) for batch in found.values() for record in batch]
        finally:
            await consumer.stop()
        return sorted(records, key=lambda record: (record.partition, record.offset))


async def eventually(condition: Callable[[], Awaitable[bool]], *, seconds: float = 30) -> None:
    """Waits until it holds; fails loudly otherwise."""
    async with asyncio.timeout(seconds):
        while not await condition():
            await asyncio.sleep(0.02)
