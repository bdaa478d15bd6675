"""Views: every process reads everything, without a group. What they hold is guarded by version.

What is written after a view's first start it is told at least once: it goes on where it was, whatever becomes of broker
and client. What can't be read is left out: the group that has the topic's effects makes a dead letter of it, or stops
there. An outage holds a view up; one event that it stumbles over costs no other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.database import is_outage
from chassis.outages import OutageLog
from chassis.telemetry import get_logger
from eventbus.cluster.kafka import KafkaConnection
from eventbus.incoming.careful import CarefulPolls, last_of_batch
from eventbus.incoming.records import UNREADABLE, KafkaRecord, Received, raw_record, receive
from eventbus.incoming.subscriptions import Start, View
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
        # The next record of each partition, and where it began: they outlive the client.
        self._places: dict[TopicPartition, int] = {}
        self._begun: dict[TopicPartition, int] = {}
        self._client: AIOKafkaConsumer | None = None

    def attach(self, consumer: AIOKafkaConsumer) -> None:
        self._client = consumer
        CarefulPolls(consumer, self).install()

    def begin(self) -> None:
        self._ending.clear()

    def end(self) -> None:
        """Lets go of a batch that an outage holds up: its reader is about to stop, and the next one reads it again."""
        self._ending.set()

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
        assigned = self._client.assignment() if self._client is not None else ()
        return {partition: place for partition, place in self._places.items() if partition in assigned}

    async def cannot_read(self, partition: TopicPartition, offset: int, reason: str) -> None:
        place = await last_of_batch(self._connection, partition, offset) + 1
        log.warning("view_record_unreadable", view=self.view.name, reason=reason)
        if self._client is not None:
            self._client.seek(partition, place)
        self._read_to(partition, place)
        self._check()

    async def fell_off(self) -> None:
        """The client doesn't know where to go on: it is new, was told of other partitions (a restarted broker knows few
        at first) and has forgotten all places, or the log has no such record.
        """
        try:
            await self._position()
        except KafkaError as outage:
            self._outages.tell(str(outage) or type(outage).__name__)
            await self._rest(FIRST_PAUSE)

    async def _position(self) -> None:
        assigned = list(self._client.assignment()) if self._client is not None else []
        if self._client is None or not assigned:
            return
        firsts = await self._client.beginning_offsets(assigned)
        ends = await self._client.end_offsets(assigned)
        topics = {partition.topic for partition in self._places}
        for partition in set(assigned) & self._client.assignment():
            first, end = firsts[partition], ends[partition]
            # A partition that a topic has got since has nothing but news.
            begin = end if self.view.start is Start.NOW and partition.topic not in topics else first
            begun = self._begun.setdefault(partition, begin)
            place = self._places[partition] = go_on(self._places.get(partition, begin), begun, first=first, end=end)
            self._client.seek(partition, place)
            if end > place and not self.caught_up.is_set():
                self._missing[partition] = end
        self._check()

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


def go_on(place: int, begun: int, *, first: int, end: int) -> int:
    """The next record for whoever was at `place` and began at `begun`, in a log that has these offsets.

    A log that ends earlier is another one than it was: all that it got since is news.
    """
    if place > end:
        place = begun if begun <= end else first
    return max(place, first)
