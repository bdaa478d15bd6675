"""Views: every process reads everything, without a group (design §3). What they hold is guarded by version.

So a view can be begun again at any time, and whatever can't be read is left out: the group that has the topic's effects
makes a dead letter of it, or stops there.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.telemetry import get_logger
from eventbus.careful import CarefulPolls, last_of_batch
from eventbus.kafka import KafkaConnection
from eventbus.records import UNREADABLE, KafkaRecord, raw_record, receive
from eventbus.subscriptions import Start, View
from events import event_type

log = get_logger()


class ViewReader:
    """Feeds a view everything, from the beginning or from now on; `caught_up` is set once it knows what there was.

    What can't be read is left out, with a log line.
    """

    def __init__(self, view: View, *, connection: KafkaConnection) -> None:
        self.view = view
        self.caught_up = asyncio.Event()
        self._connection = connection
        self._types = frozenset(model.type for model in view.types)
        self._missing: dict[TopicPartition, int] = {}
        self._places: dict[TopicPartition, int] = {}
        self._client: AIOKafkaConsumer | None = None

    def attach(self, consumer: AIOKafkaConsumer) -> None:
        self._client = consumer
        CarefulPolls(consumer, self).install()

    async def expect(self, consumer: AIOKafkaConsumer) -> None:
        """Notes what the log holds now; called once after the start."""
        partitions = [
            TopicPartition(topic, number)
            for topic in map(self._connection.prefixed, self.view.topics)
            for number in consumer.partitions_for_topic(topic) or ()
        ]
        ends = await consumer.end_offsets(partitions)
        firsts = await consumer.beginning_offsets(partitions)
        for partition, end in ends.items():
            position = await consumer.position(partition)
            if self.view.start is Start.NOW:
                self._places.setdefault(partition, position)
            if end > max(position, firsts[partition]):
                self._missing[partition] = end
        self._check()

    async def on_records(self, records: Sequence[KafkaRecord]) -> None:
        received = []
        for record in records:
            if event_type(record.headers) in self._types:
                try:
                    received.append(receive(raw_record(record, topic=self._connection.unprefixed(record.topic))))
                except UNREADABLE as error:
                    log.warning("view_record_unreadable", view=self.view.name, reason=str(error))
        if received:
            await self.view.handler(received)
        for record in records:
            self._read_to(TopicPartition(record.topic, record.partition), record.offset + 1)
        self._check()

    def places(self) -> Mapping[TopicPartition, int]:
        if self.view.start is Start.NOW or self._client is None:
            return dict(self._places)
        return {partition: self._places.get(partition, 0) for partition in self._client.assignment()}

    async def cannot_read(self, partition: TopicPartition, offset: int, reason: str) -> None:
        place = await last_of_batch(self._connection, partition, offset) + 1
        log.warning("view_record_unreadable", view=self.view.name, reason=reason)
        if self._client is not None:
            self._client.seek(partition, place)
        self._read_to(partition, place)
        self._check()

    async def fell_off(self) -> None:
        """The client goes back to the beginning by itself."""

    def _read_to(self, partition: TopicPartition, place: int) -> None:
        self._places[partition] = place
        if place >= self._missing.get(partition, 0):
            self._missing.pop(partition, None)

    def _check(self) -> None:
        if not self._missing:
            self.caught_up.set()
