"""A view is told everything from its first start on, whatever becomes of the broker and of the client (real Kafka)."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, RecordsToDelete
from aiokafka.structs import TopicPartition

from eventbus import KafkaConnection, Received, Start, Tail, View, create_topics, delete_topics
from eventbus.incoming.streams import StreamReader
from eventbus.incoming.viewer import ViewReader
from events import PaymentWebhookFailed, Topic, TopicPlan
from stack.kafka import Broker
from stack.processes import Child, end
from tests.fixtures import testbed
from tests.fixtures.kafka import kafka_broker
from tests.integration.eventbus import ledger
from tests.integration.eventbus.foreign import ours, send
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("E-7")]
STARTS = pytest.mark.parametrize("start", Start)


@STARTS
async def test_what_comes_while_the_client_is_replaced_is_told(bench: Bench, start: Start) -> None:
    seen: list[str] = []
    await send(bench, ours("old"), partition=0)
    view = reader_of(bench, seen, start)
    names = [] if start is Start.NOW else ["old"]
    for turn in range(3):
        async with reading(bench, view):
            names += [f"{turn}a", f"{turn}b"]
            await send(bench, ours(f"{turn}a"), partition=0)
            await send(bench, ours(f"{turn}b"), partition=1)
            await eventually(told(seen, names))
        names += [f"{turn}c", f"{turn}d"]
        await send(bench, ours(f"{turn}c"), partition=0)
        await send(bench, ours(f"{turn}d"), partition=1)
    async with reading(bench, view):
        await eventually(told(seen, names))


@STARTS
async def test_what_a_topic_that_grows_gets_is_told_and_nothing_twice(bench: Bench, start: Start) -> None:
    """Told of other partitions, the client forgets its places in those that it has."""
    seen: list[str] = []
    await send(bench, ours("old"), partition=0)
    view = reader_of(bench, seen, start)
    names = [] if start is Start.NOW else ["old"]
    async with reading(bench, view) as learn:
        await send(bench, ours("a"), partition=0)
        await eventually(told(seen, [*names, "a"]))
        async with admin(bench.connection) as client:
            await client.create_partitions({bench.connection.prefixed("payments"): NewPartitions(3)})
        await send(bench, ours("b"), partition=2)
        await learn()
        await send(bench, ours("c"), partition=0)
        await eventually(told(seen, [*names, "a", "b", "c"]))


async def test_a_log_that_ends_before_the_place_is_read_from_where_the_view_began(bench: Bench) -> None:
    """As after a power cut of a lone broker; here the topic is a new one."""
    seen: list[str] = []
    view = reader_of(bench, seen, Start.NOW)
    async with reading(bench, view):
        await send(bench, *(ours(name) for name in "abc"), partition=0)
        await eventually(told(seen, ["a", "b", "c"]))
    await delete_topics(bench.connection)
    await create_topics(bench.connection, partitions=2, plans=ledger.PLANS)
    await send(bench, ours("d"), partition=0)
    async with reading(bench, view):
        await eventually(told(seen, ["a", "b", "c", "d"]))


async def test_what_the_log_no_longer_has_stops_nobody(bench: Bench) -> None:
    seen: list[str] = []
    view = reader_of(bench, seen, Start.NOW)
    async with reading(bench, view):
        await send(bench, ours("a"), partition=0)
        await eventually(told(seen, ["a"]))
    await send(bench, ours("gone"), ours("b"), partition=0)
    async with admin(bench.connection) as client:
        await client.delete_records({TopicPartition(bench.connection.prefixed("payments"), 0): RecordsToDelete(2)})
    async with reading(bench, view):
        await eventually(told(seen, ["a", "b"]))


@pytest.mark.proves("L-9")
async def test_views_and_whoever_looks_go_on_through_killed_brokers(bench: Bench, mortal: Mortal) -> None:
    own = replace(bench, connection=replace(bench.connection, bootstrap_servers=mortal.broker.bootstrap))
    await create_topics(own.connection, plans=[TopicPlan(name=plan.name, partitions=2) for plan in ledger.PLANS])
    seen: dict[str, list[str]] = {"tail": [], **{start.value: [] for start in Start}}
    names: list[str] = []
    async with (
        own.bus(*(view_of(seen[start.value], start) for start in Start)) as bus,
        Tail(own.connection, [Topic.PAYMENTS]) as tail,
    ):
        assert await bus.caught_up(30)
        following = asyncio.create_task(follow(tail, seen["tail"]))
        for turn in range(3):
            names += [f"{turn}{key}" for key in "uvwxyz"]
            for name in names[-6:-3]:
                await ledger.publish(own.database, bus.outbox, [name], key=name)
            await mortal.kill()
            for name in names[-3:]:
                await ledger.publish(own.database, bus.outbox, [name], key=name)
            await mortal.start()
            for each in seen.values():
                await eventually(told(each, names, exactly=False), seconds=60)
        following.cancel()
    # What was under way at the kill may be in the log twice, and whoever reads it sees it so.
    assert len({len(each) for each in seen.values()}) == 1


@dataclass(slots=True)
class Mortal:
    """A broker that is killed and comes back with what it had on disk."""

    broker: Broker
    child: Child | None = None

    async def start(self) -> None:
        self.child = await asyncio.to_thread(self.broker.start, self.broker.folder / "kafka.log")

    async def kill(self) -> None:
        if self.child is not None:
            await asyncio.to_thread(end, self.child, seconds=0)


@pytest_asyncio.fixture
async def mortal() -> AsyncIterator[Mortal]:
    """A broker of this test's own."""
    made = Mortal(kafka_broker(testbed.folder() / secrets.token_hex(4)))
    await made.start()
    yield made
    await made.kill()


def view_of(seen: list[str], start: Start) -> View:
    async def remember(batch: Sequence[Received[PaymentWebhookFailed]]) -> None:
        seen.extend(received.event.webhook_type for received in batch)

    return View(name=start, topics=(Topic.PAYMENTS,), types=(PaymentWebhookFailed,), handler=remember, start=start)


def reader_of(bench: Bench, seen: list[str], start: Start) -> ViewReader:
    return ViewReader(view_of(seen, start), connection=bench.connection)


@asynccontextmanager
async def reading(bench: Bench, view: ViewReader) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """With a client of its own, as the bus makes a new one when the old one has failed; lets it learn of partitions."""
    reader = StreamReader(bench.connection, client_id="test", slot=None)
    view.begin()
    reader.add_view(view)
    running = asyncio.create_task(reader.run())

    async def learn() -> None:
        assert view._client is not None
        await view._client._client.force_metadata_update()

    try:
        await asyncio.wait_for(view.caught_up.wait(), 30)
        yield learn
    finally:
        running.cancel()
        view.end()
        await reader.stop()


def told(seen: list[str], names: Sequence[str], *, exactly: bool = True) -> Callable[[], Awaitable[bool]]:
    async def all_of_them() -> bool:
        return sorted(seen if exactly else set(seen)) == sorted(names)

    return all_of_them


async def follow(tail: Tail, tailed: list[str]) -> None:
    async for received in tail:
        assert isinstance(received.event, PaymentWebhookFailed)
        tailed.append(received.event.webhook_type)


@asynccontextmanager
async def admin(connection: KafkaConnection) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(**connection.client_options())
    await client.start()
    try:
        yield client
    finally:
        await client.close()
