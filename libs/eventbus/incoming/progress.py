"""Tells whether a group has read everything written before a moment, within the transaction that relies on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.cancelling import to_the_end
from chassis.database import Transaction
from chassis.errors import Unavailable
from eventbus.cluster.kafka import KafkaConnection, connected
from eventbus.incoming import inbox, offsets
from eventbus.incoming.offsets import Partition
from events import Topic


class Progress:
    """Tells whether a group has read a topic past a moment, such as the end of a hold.

    First call `mark`, at or after the moment in question: it returns the log's end offsets. Then, in the transaction
    that acts on it, `passed` tells whether every stored offset has reached its mark.
    """

    def __init__(self, *, group: str, topic: Topic, connection: KafkaConnection) -> None:
        self._group = group
        self._topic = topic
        self._connection = connection
        self._consumer: AIOKafkaConsumer | None = None

    async def mark(self) -> Mapping[Partition, int]:
        """The end offset of each partition now; raises `Unavailable` when Kafka doesn't answer."""
        try:
            consumer = await self._started()
            name = self._connection.prefixed(self._topic)
            # A request for one partition makes the client load, and refresh, the metadata of the whole topic.
            ends = await consumer.end_offsets([TopicPartition(name, 0)])
            numbers = consumer.partitions_for_topic(name) or {0}
            ends = await consumer.end_offsets([TopicPartition(name, number) for number in numbers])
        except (KafkaError, OSError) as error:
            raise Unavailable(f"kafka: {type(error).__name__}") from error
        return {Partition(self._topic.value, partition.partition): end for partition, end in ends.items()}

    async def passed(self, tx: Transaction, mark: Mapping[Partition, int]) -> bool:
        """Whether the group's stored offsets have reached the mark in every partition."""
        stored = await offsets.stored(tx, self._group)
        return all(
            end == 0 or ((known := stored.get(partition)) is not None and known.next_offset >= end)
            for partition, end in mark.items()
        )

    async def unsettled(self, tx: Transaction, keys: Sequence[str]) -> set[str]:
        """Those of the keys that have a deferred or dead event of the topic."""
        return await inbox.unsettled_keys(tx, self._group, self._topic.value, keys)

    async def close(self) -> None:
        """Closes the client."""
        consumer, self._consumer = self._consumer, None
        if consumer is not None:
            await to_the_end(consumer.stop())

    async def _started(self) -> AIOKafkaConsumer:
        if self._consumer is None:
            consumer = AIOKafkaConsumer(**self._connection.client_options(), enable_auto_commit=False)
            try:
                await connected(consumer.start())
            except BaseException:
                await to_the_end(consumer.stop())
                raise
            self._consumer = consumer
        return self._consumer
