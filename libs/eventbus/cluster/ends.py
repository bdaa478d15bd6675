"""Asks Kafka for the end offsets of partitions, through a new client: the running client may be what is at fault."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.cancelling import to_the_end
from chassis.errors import Unavailable
from eventbus.cluster.kafka import KafkaConnection, KafkaError, connected
from eventbus.incoming.offsets import Partition

SECONDS = 5.0


async def log_ends(
    connection: KafkaConnection, partitions: Iterable[Partition], *, seconds: float = SECONDS
) -> Mapping[Partition, int]:
    """The next offset to be written of each partition; a partition that doesn't exist has no entry.

    Raises `Unavailable` when Kafka doesn't answer within `seconds`.
    """
    wanted = {TopicPartition(connection.prefixed(each.topic), each.number): each for each in partitions}
    if not wanted:
        return {}
    consumer = AIOKafkaConsumer(**connection.client_options(), client_id="fullhouse-ends", enable_auto_commit=False)
    try:
        async with asyncio.timeout(seconds):
            await connected(consumer.start())
            found = await _existing(consumer, wanted)
            ends: Mapping[TopicPartition, int] = await consumer.end_offsets(found)
    except (KafkaError, OSError) as error:
        raise Unavailable(f"kafka: {type(error).__name__}") from error
    finally:
        await to_the_end(consumer.stop())
    return {wanted[place]: end for place, end in ends.items()}


async def _existing(consumer: AIOKafkaConsumer, wanted: Iterable[TopicPartition]) -> list[TopicPartition]:
    topics = await consumer.topics() & {place.topic for place in wanted}
    # A request for one partition makes the client load the metadata of the whole topic.
    await consumer.end_offsets([TopicPartition(topic, 0) for topic in topics])
    return [place for place in wanted if place.partition in (consumer.partitions_for_topic(place.topic) or ())]
