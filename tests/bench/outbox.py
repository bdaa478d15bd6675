"""From the commit to Kafka's acknowledgement, and how fast a backlog leaves (L-5)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from unittest.mock import patch
from uuid import uuid4

from chassis.clock import SystemClock
from chassis.database import Database
from eventbus import Bus, BusSettings, KafkaConnection, create_topics, delete_topics
from eventbus.outgoing import relay
from tests.bench.counting import counted_produce_requests
from tests.bench.report import Figure, Limit
from tests.bench.stand import Stand, median, quantile, spread
from tests.integration.eventbus.ledger import PLANS, fact

WARM_UP = 20
IDLE_EVENTS = 100
IDLE_PAUSE = 0.05
BUSY_RATE = 1_000
BUSY_SECONDS = 4
IN_ONE = 5  # events a transaction under load
BACKLOG = 10_000
SINGLY = 400
ROUNDS = 3


async def measure(stand: Stand) -> list[Figure]:
    url = await asyncio.to_thread(stand.make_database, "checkout")
    connection = stand.stack.kafka(prefix=f"bench{uuid4().hex[:6]}.")
    await create_topics(connection, partitions=12, plans=PLANS)
    database = await Database.connect(url, application="bench", pool_size=4)
    try:
        async with _bus(database, url, connection) as bus:
            await _latencies(database, bus, count=WARM_UP, in_one=1, pause=IDLE_PAUSE)
            idle = await _latencies(database, bus, count=IDLE_EVENTS, in_one=1, pause=IDLE_PAUSE)
            stand.tick()
            pause = IN_ONE / BUSY_RATE
            busy = await _latencies(database, bus, count=BUSY_RATE * BUSY_SECONDS // IN_ONE, in_one=IN_ONE, pause=pause)
        stand.tick()
        windows: list[float] = []
        singly: list[float] = []
        requests: dict[int, float] = {}
        for _ in range(ROUNDS):
            for rates, rows, window in ((windows, BACKLOG, relay.WINDOW), (singly, SINGLY, 1)):
                with counted_produce_requests() as count:
                    rates.append(await _drain(database, url, connection, rows=rows, window=window))
                requests[window] = 1000 * count[0] / rows
            stand.tick()
    finally:
        await database.close()
        await delete_topics(connection)
    return [
        Figure(id="L-5.ack_idle_p50", ours=quantile(idle, 0.5), unit="ms", limit=5),
        Figure(id="L-5.ack_idle_p99", ours=quantile(idle, 0.99), unit="ms", limit=20),
        Figure(id="L-5.ack_p50", ours=quantile(busy, 0.5), unit="ms", limit=5),
        Figure(id="L-5.ack_p99", ours=quantile(busy, 0.99), unit="ms", limit=20),
        Figure(id="L-5.drain_per_second", ours=median(windows), unit="events/s", side=Limit.AT_LEAST, limit=25_000),
        Figure(id="L-5.drain_spread", ours=spread(windows), unit="of the median"),
        Figure(id="L-5.drain_over_singly", ours=median(windows), baseline=median(singly), unit="events/s"),
        Figure(id="L-5.produce_requests_per_1000", ours=requests[relay.WINDOW], baseline=requests[1], unit="requests"),
    ]


@asynccontextmanager
async def _bus(database: Database, url: str, connection: KafkaConnection) -> AsyncIterator[Bus]:
    bus = Bus(
        BusSettings(service="bench", connection=connection, database_url=url, slot=None),
        database=database,
        clock=SystemClock(),
    )
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


async def _latencies(database: Database, bus: Bus, *, count: int, in_one: int, pause: float) -> list[float]:
    """Milliseconds from a commit to the moment in which its rows were moved: a little more than Kafka's answer."""
    committed: dict[bytes, float] = {}
    began = time.monotonic()

    async def publish(number: int) -> None:
        key = uuid4().hex
        async with database.transaction() as tx:
            await bus.outbox.publish(tx, *(fact("bench", key=key) for _ in range(in_one)))
        committed[key.encode()] = time.time()

    async with asyncio.TaskGroup() as group:
        for number in range(count):
            await asyncio.sleep(began + number * pause - time.monotonic())
            group.create_task(publish(number))
    while await database.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
        await asyncio.sleep(0.05)
    rows = await database.fetch(
        """
        SELECT key, extract(epoch FROM max(sent_at))::float8 AS sent
        FROM outbox_sent WHERE key = ANY($1) GROUP BY key
        """,
        list(committed),
    )
    return [1000 * max(0.0, row["sent"] - committed[row["key"]]) for row in rows]


async def _drain(database: Database, url: str, connection: KafkaConnection, *, rows: int, window: int) -> float:
    """Events a second, from the relay's first window to its last; starting it isn't part of it."""
    sample = await database.fetchrow("SELECT * FROM outbox_sent LIMIT 1")
    if sample is None:
        raise RuntimeError("there is nothing to copy")
    await database.execute(
        """
        INSERT INTO outbox (event_id, topic, key, header_names, header_values, value)
        SELECT gen_random_uuid(), $2, convert_to('k' || n % 1000, 'UTF8'), $3, $4, $5 FROM generate_series(1, $1) AS n
        """,
        rows,
        sample["topic"],
        sample["header_names"],
        sample["header_values"],
        sample["value"],
    )
    before = await database.fetchval("SELECT clock_timestamp()")
    with patch.object(relay, "WINDOW", window):
        async with _bus(database, url, connection):
            while await database.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
                await asyncio.sleep(0.02)
    row = await database.fetchrow(
        """
        SELECT count(*) AS rows, extract(epoch FROM max(sent_at) - min(sent_at))::float8 AS seconds
        FROM outbox_sent WHERE sent_at >= $1
        """,
        before,
    )
    # The first window's own time lies before its stamp.
    return float(row["rows"] - window) / row["seconds"] if row else 0.0
