"""Views: every process reads everything, without a group (design §3). What they hold is guarded by version.

So a view can be begun again at any time, and whatever can't be read is left out: the group that has the topic's effects
makes a dead letter of it, or stops there. An outage holds a view up; one event that it stumbles over costs no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.database import is_outage
from chassis.telemetry import get_logger
from eventbus.cluster.kafka import KafkaConnection
from eventbus.incoming.careful import CarefulPolls, last_of_batch
from eventbus.incoming.records import UNREADABLE, KafkaRecord, Received, raw_record, receive
from eventbus.incoming.subscriptions import Start, View
from eventbus.operation.outages import OutageLog
from events import event_type

log = get_logger()

FIRST_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 5.0


class ViewReader:
    """Feeds a view everything, from the beginning or from now on; `caught_up` is set once it knows what there was.

    What can't be read is left out, with a log line. The library would pass over a batch whose handler raises: so an
    outage is waited for, and of what the handler fails at otherwise the one event at fault is left out.
    """

    def __init__(self, view: View, *, connection: KafkaConnection, rng: Random | None = None) -> None:
        self.view = view
        self.caught_up = asyncio.Event()
        self._connection = connection
        self._rng = rng or Random()
        self._ending = asyncio.Event()
        self._outages = OutageLog(lambda reason: log.warning("view_unavailable", view=view.name, reason=reason))
        self._types = frozenset(model.type for model in view.types)
        self._missing: dict[TopicPartition, int] = {}
        self._places: dict[TopicPartition, int] = {}
        self._client: AIOKafkaConsumer | None = None

    def attach(self, consumer: AIOKafkaConsumer) -> None:
        self._client = consumer
        CarefulPolls(consumer, self).install()

    def begin(self) -> None:
        self._ending.clear()

    def end(self) -> None:
        """Lets go of a batch that an outage holds up: its reader is about to stop, and the next one reads it again."""
        self._ending.set()

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
        if received and not await self._applied(received):
            return
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

    async def _applied(self, received: Sequence[Received[Any]]) -> bool:
        """Whether the view has them; not when the reader ends first."""
        pause = FIRST_PAUSE
        while not self._ending.is_set():
            try:
                await self.view.handler(received)
            except Exception as error:  # noqa: BLE001 whatever a view stumbles over, the rest must reach it
                if not is_outage(error):
                    return await self._applied_one_by_one(received, error)
                self._outages.tell(str(error) or type(error).__name__)
                await self._rest(pause)
                pause = min(pause * 2, LONGEST_PAUSE)
            else:
                return True
        return False

    async def _applied_one_by_one(self, received: Sequence[Received[Any]], error: Exception) -> bool:
        if len(received) > 1:
            return all([await self._applied([one]) for one in received])
        envelope = received[0].envelope
        log.error("view_event_failed", view=self.view.name, type=envelope.type, event_id=envelope.id, exc_info=error)
        return True

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds * (0.75 + 0.5 * self._rng.random())):
                await self._ending.wait()
        except TimeoutError:
            return

    def _check(self) -> None:
        if not self._missing:
            self.caught_up.set()
