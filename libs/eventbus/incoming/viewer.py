"""Feeds views: every process reads everything, without a group. The views' data is guarded by version.

After its first start a view gets every record at least once: it continues at its own position, whatever happens to
broker and client. Records that can't be read are skipped: the group that has the topic's effects buries them or
stops. An outage delays a view; an event on which its handler fails is skipped alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.database_outages import is_outage
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
    """Feeds a view from the beginning or from now on; sets `caught_up` once the log as of the start is read.

    Records that can't be read are skipped, with a log line. The library would skip a batch whose handler raises; so
    this reader waits for the end of an outage, and skips only the event at fault when the handler fails otherwise.
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
        # The next offset of each partition, and the one at which it started; they outlive the client.
        self._places: dict[TopicPartition, int] = {}
        self._begun: dict[TopicPartition, int] = {}
        self._client: AIOKafkaConsumer | None = None

    def attach(self, consumer: AIOKafkaConsumer) -> None:
        """Takes the client that reads for this view; call it before its first poll."""
        self._client = consumer
        CarefulPolls(consumer, self).install()

    def begin(self) -> None:
        """Lets the reader take batches."""
        self._ending.clear()

    def end(self) -> None:
        """Gives up a batch that an outage delays: the reader is about to stop, and the next one reads it again."""
        self._ending.set()

    async def on_records(self, records: Sequence[KafkaRecord]) -> None:
        """Hands the batch's readable events of the view's types to the view, and moves the positions."""
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
        """The next offset of each assigned partition."""
        assigned = self._client.assignment() if self._client is not None else ()
        return {partition: place for partition, place in self._places.items() if partition in assigned}

    async def cannot_read(self, partition: TopicPartition, offset: int, reason: str) -> None:
        """Skips the batch that can't be read, with a log line."""
        place = await last_of_batch(self._connection, partition, offset) + 1
        log.warning("view_record_unreadable", view=self.view.name, reason=reason)
        if self._client is not None:
            self._client.seek(partition, place)
        self._read_to(partition, place)
        self._check()

    async def fell_off(self) -> None:
        """Seeks to the known positions, or to the start of new partitions.

        The client is new, has forgotten its positions (a restarted broker knows few partitions at first), or the log
        lacks the next record.
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
            # Everything in a partition that was added after the start is new.
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
        """Whether the view has the events; False when the reader ends first."""
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
    """The next offset for a reader that was at `place` and started at `begun`, on a log from `first` to `end`.

    A log that ends before `place` is a new one: everything in it since `begun` is read.
    """
    if place > end:
        place = begun if begun <= end else first
    return max(place, first)
