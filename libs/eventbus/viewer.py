from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.telemetry import get_logger
from eventbus.kafka import KafkaConnection
from eventbus.records import UNREADABLE, KafkaRecord, raw_record, receive
from eventbus.subscriptions import View
from events import event_type

log = get_logger()


class ViewReader:
    """Feeds a view everything, from the beginning or from now on; `caught_up` is set once it knows what there was.

    What can't be read is left out, with a log line: the group that owns the topic's effects makes the dead letter.
    """

    def __init__(self, view: View, *, connection: KafkaConnection) -> None:
        self.view = view
        self.caught_up = asyncio.Event()
        self._connection = connection
        self._types = frozenset(model.type for model in view.types)
        self._missing: dict[TopicPartition, int] = {}

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
            partition = TopicPartition(record.topic, record.partition)
            if record.offset + 1 >= self._missing.get(partition, 0):
                self._missing.pop(partition, None)
        self._check()

    def _check(self) -> None:
        if not self._missing:
            self.caught_up.set()
