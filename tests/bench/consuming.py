"""Consume, deduplicate, effect, publish: ours, a plain handler, and the bare limit of the same work (L-3)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.annotations import KafkaMessage

from chassis.clock import SystemClock
from chassis.database import Database, Transaction
from chassis.ids import uuid7
from eventbus import Bus, BusSettings, Effect, KafkaConnection, Outbox, Received, Start, create_topics, delete_topics
from eventbus.cluster.security import faststream_security
from eventbus.incoming import inbox
from eventbus.outgoing.outbox import COLUMNS, _columns
from events import Envelope, PaymentWebhookFailed, Topic, event_json
from tests.bench.counting import counted_database
from tests.bench.report import Figure, Limit
from tests.bench.stand import Stand, median, spread
from tests.integration.eventbus import ledger

EVENTS = 12_000
PLAIN = 400
ROUNDS = 3
BATCH = 500
PARTITIONS = 4
LOOK = 0.02
EFFECT = "INSERT INTO effects (event_id, name) VALUES ($1, $2)"
CLEAN = "TRUNCATE effects, outbox, inbox, consumer_offsets"


@dataclass(slots=True)
class Way:
    """What a way of doing the work has cost, a value a round."""

    events: int
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    statements: list[float] = field(default_factory=list)
    commits: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The work between the first effect that was seen and the last wanted one: the start of a reader is no part of it.

    events: how many effects came in it
    seconds, cpu: how long it took, and the CPU seconds of all processes in it
    looks: how often it was asked whether it is over
    """

    events: int
    seconds: float
    cpu: float
    looks: int


async def measure(stand: Stand) -> list[Figure]:
    url = await asyncio.to_thread(stand.make_database, "checkout")
    connection = stand.stack.kafka(prefix=f"bench{uuid4().hex[:6]}.")
    await create_topics(connection, partitions=PARTITIONS, plans=ledger.PLANS)
    ours, plain, bare = Way(EVENTS), Way(PLAIN), Way(EVENTS)
    async with AsyncExitStack() as stacked:
        stacked.push_async_callback(delete_topics, connection)
        database, work = await stacked.enter_async_context(counted_database(url))
        await ledger.prepare(database)
        await _produce(connection, EVENTS)
        for _ in range(ROUNDS):
            for way, act in ((ours, _ours), (plain, _plain), (bare, _bare)):
                await database.execute(CLEAN)
                before = replace(work)
                async with act(database, url, connection):
                    stretch = await _stretch(stand, database, way.events)
                way.rates.append(stretch.events / stretch.seconds)
                way.cpu.append(stretch.cpu / stretch.events * 100_000)
                done = 1000 / await database.fetchval("SELECT count(*) FROM effects")
                way.statements.append((work.statements - before.statements - stretch.looks) * done)
                way.commits.append((work.commits - before.commits) * done)
                stand.tick()
    return _figures(ours, plain, bare)


def _figures(ours: Way, plain: Way, bare: Way) -> list[Figure]:
    def counted(name: str, values: Sequence[float], baseline: Sequence[float], unit: str) -> Figure:
        return Figure(id=f"L-3.{name}", ours=median(values), baseline=median(baseline), unit=unit)

    def cost(name: str, baseline: Way, limit: float) -> Figure:
        figure = counted(name, ours.cpu, baseline.cpu, "CPU s, of bare limit")
        return replace(figure, side=Limit.AT_MOST, limit=limit)

    def rate(name: str, baseline: Way, limit: float) -> Figure:
        figure = counted(name, ours.rates, baseline.rates, "events/s")
        return replace(figure, side=Limit.AT_LEAST, limit=limit)

    return [
        rate("over_plain_handler", plain, 30),
        rate("of_bare_limit", bare, 0.85),
        Figure(id="L-3.spread", ours=spread(ours.rates), unit="of the median"),
        Figure(id="L-3.spread_plain", ours=spread(plain.rates), unit="of the median"),
        cost("cpu_per_100k", bare, 1.3),
        counted("cpu_per_100k_over_plain", ours.cpu, plain.cpu, "CPU s, of plain"),
        counted("statements_per_1000", ours.statements, plain.statements, "SQL statements, of plain"),
        counted("commits_per_1000", ours.commits, plain.commits, "commits, of plain"),
    ]


async def _produce(connection: KafkaConnection, count: int) -> None:
    producer = AIOKafkaProducer(**connection.client_options(), acks="all")
    await producer.start()
    try:
        for number in range(count):
            event = ledger.fact("bench", key=f"k{number % 997}")
            envelope = Envelope(
                id=uuid7(), source="bench", type=event.type, time=SystemClock().now(), subject=event.key
            )
            await producer.send(
                connection.prefixed(Topic.PAYMENTS.value),
                key=event.key.encode(),
                value=event_json(event),
                headers=list(envelope.headers()),
            )
        await producer.flush()
    finally:
        await producer.stop()


@asynccontextmanager
async def _ours(database: Database, url: str, connection: KafkaConnection) -> AsyncIterator[None]:
    """The relay stays off, so that all three do the same work: what they publish waits in the outbox."""
    settings = BusSettings(service="bench", connection=connection, database_url=url, slot=None)
    bus = Bus(settings, database=database, clock=SystemClock())
    outbox = Outbox(source="bench", clock=SystemClock(), wake=lambda: None)

    async def handle(tx: Transaction, batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        await ledger.count(tx, batch)
        await outbox.publish(tx, *(received.event for received in batch))

    effect = Effect(
        group=f"ours{uuid4().hex[:6]}",
        topics=(Topic.PAYMENTS,),
        start=Start.BEGINNING,
        handlers={PaymentWebhookFailed: handle},
    )
    bus.subscribe([effect])
    reading = asyncio.create_task(bus._read())
    try:
        yield
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


@asynccontextmanager
async def _plain(database: Database, _url: str, connection: KafkaConnection) -> AsyncIterator[None]:
    """As a FastStream application is written that must not lose anything either: acknowledged when it is done."""
    broker = KafkaBroker(connection.bootstrap_servers, security=faststream_security(connection), logger=None)
    outbox = Outbox(source="bench", clock=SystemClock(), wake=lambda: None)

    @broker.subscriber(
        connection.prefixed(Topic.PAYMENTS.value),
        group_id=f"plain{uuid4().hex[:6]}",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
    )
    async def handle(body: dict[str, object], message: KafkaMessage) -> None:
        event = PaymentWebhookFailed.model_validate(body)
        async with database.transaction() as tx:
            event_id = _event_id(message.raw_message)
            if await inbox.claim(tx, "plain", [event_id]):
                await tx.execute(EFFECT, event_id, event.webhook_type)
                await outbox.publish(tx, event)

    await broker.start()
    try:
        yield
    finally:
        await broker.stop()


@asynccontextmanager
async def _bare(database: Database, _url: str, connection: KafkaConnection) -> AsyncIterator[None]:
    """Raw poll, parse, and the same three batched statements in one transaction."""
    topic = connection.prefixed(Topic.PAYMENTS.value)
    consumer = AIOKafkaConsumer(**connection.client_options(), auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    consumer.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
    await consumer.seek_to_beginning()
    work = asyncio.create_task(_bare_loop(database, consumer))
    try:
        yield
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)
        await consumer.stop()


async def _bare_loop(database: Database, consumer: AIOKafkaConsumer) -> None:
    while True:
        found = await consumer.getmany(timeout_ms=100, max_records=BATCH)
        records = [record for batch in found.values() for record in batch]
        if not records:
            continue
        ids = [_event_id(record) for record in records]
        async with database.transaction() as tx:
            await inbox.claim(tx, "bare", ids)
            await tx.executemany(EFFECT, [(event_id, "bench") for event_id in ids])
            await tx.insert("outbox", COLUMNS, [_row(record) for record in records])


def _row(record: ConsumerRecord) -> tuple[object, ...]:
    names, values = _columns(record.headers)
    return uuid7(), Topic.PAYMENTS.value, record.key, names, values, record.value


def _event_id(record: ConsumerRecord) -> UUID:
    return UUID(next(value for name, value in record.headers if name == "ce_id").decode())


async def _stretch(stand: Stand, database: Database, wanted: int) -> Stretch:
    began, first, looks = (0.0, 0.0), 0, 0
    while True:
        done = await database.fetchval("SELECT count(*) FROM effects")
        looks += 1
        if done and not first:
            began, first = (time.monotonic(), stand.cpu_seconds_with_own()), done
        if done >= wanted:
            seconds, cpu = time.monotonic() - began[0], stand.cpu_seconds_with_own() - began[1]
            return Stretch(events=max(1, done - first), seconds=seconds, cpu=cpu, looks=looks)
        await asyncio.sleep(LOOK)
