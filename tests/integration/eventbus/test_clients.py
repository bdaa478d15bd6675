"""Kafka's clients are given up at any moment of their start, and leave nothing open."""

from __future__ import annotations

import asyncio
import gc
import warnings
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from eventbus import KafkaConnection, create_topics, delete_topics
from eventbus.cluster.ends import log_ends
from eventbus.cluster.kafka import cluster_id
from eventbus.incoming.offsets import Partition
from eventbus.incoming.tail import Tail
from eventbus.outgoing.producer import RecordProducer
from events import Topic, TopicPlan
from tests.fixtures.kafka import kafka_at

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("L-10")]


async def look(connection: KafkaConnection) -> None:
    async with Tail(connection):
        pass


async def send(connection: KafkaConnection) -> None:
    producer = RecordProducer(connection, client_id="test")
    try:
        await (await producer.send(Topic.ACTIVITY, key=b"k", value=b"v", headers=()))
    finally:
        await producer.discard()


async def ends(connection: KafkaConnection) -> None:
    await log_ends(connection, [Partition(Topic.ORDERS, 0)])


@pytest.mark.parametrize("use", [look, send, ends, cluster_id])
async def test_a_start_that_is_cancelled_leaves_no_connection_open(
    kafka: str, topic_prefix: str, use: Callable[[KafkaConnection], Awaitable[object]]
) -> None:
    connection = kafka_at(kafka, prefix=topic_prefix)
    before = asyncio.all_tasks()
    with nothing_left_open():
        for milliseconds in range(0, 40, 4):
            using = asyncio.ensure_future(use(connection))
            await asyncio.wait([using], timeout=milliseconds / 1000)
            # Whoever ends a task asks more than once.
            while not using.done():
                using.cancel()
                await asyncio.sleep(0)
            await asyncio.gather(using, return_exceptions=True)
            del using
            assert asyncio.all_tasks() == before
            gc.collect()


@pytest.mark.parametrize("hurried", [False, True])
async def test_a_producer_is_discarded_with_a_record_that_nobody_takes_and_leaves_no_connection_open(
    kafka: str, *, hurried: bool
) -> None:
    connection = kafka_at(kafka, prefix=f"gone{uuid4().hex[:8]}.")
    await create_topics(connection, plans=[TopicPlan(name=Topic.ACTIVITY, partitions=1)])
    before = asyncio.all_tasks()
    with nothing_left_open():
        producer = RecordProducer(connection, client_id="test")
        await (await producer.send(Topic.ACTIVITY, key=b"k", value=b"v", headers=()))
        await delete_topics(connection)
        untaken = await producer.send(Topic.ACTIVITY, key=b"k", value=b"v", headers=())
        discarding = asyncio.ensure_future(producer.discard())
        await asyncio.sleep(0)
        if hurried:
            discarding.cancel()
        await asyncio.gather(discarding, return_exceptions=True)
        del discarding
        assert not untaken.done()
        del producer, untaken
    assert asyncio.all_tasks() == before


@contextmanager
def nothing_left_open() -> Iterator[None]:
    """Fails where something is forgotten in here that is still open."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        gc.collect()  # what earlier tests have left behind is told now, and forgotten
        gc.freeze()  # and the rest of the worker's memory is not looked through each time
        told.clear()
        try:
            yield
        finally:
            gc.collect()
            gc.unfreeze()
    assert [str(each.message) for each in told] == []
