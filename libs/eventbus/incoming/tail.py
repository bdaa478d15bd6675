"""Reads topics without a group, for `fullhouse stream tail` and the demonstration."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from chassis.cancelling import to_the_end
from eventbus.cluster.kafka import KafkaConnection, connected
from eventbus.incoming.careful import CarefulPolls, last_of_batch
from eventbus.incoming.records import UNREADABLE, Received, raw_record, receive
from events import Event, Topic

_POLL_MS = 500

Place = tuple[str, int]  # topic without prefix, partition


class Tail:
    """Reads everything written to some topics from a moment on; once entered, it misses no later record.

    `since` is compared with the records' own timestamps; without it reading starts now. Records that can't be read are
    skipped and counted in `unreadable`. No offset is stored: `starts` and `ends` are, per partition, the offset of the
    first record that will be read and the log's end, as of the entry.
    """

    def __init__(
        self, connection: KafkaConnection, topics: Sequence[Topic] = tuple(Topic), *, since: datetime | None = None
    ) -> None:
        self._connection = connection
        self._topics = [connection.prefixed(topic) for topic in topics]
        self._since = since
        self._consumer: AIOKafkaConsumer | None = None
        self._places: dict[TopicPartition, int] = {}
        self.unreadable = 0
        self.starts: dict[Place, int] = {}
        self.ends: dict[Place, int] = {}

    async def __aenter__(self) -> Self:
        # Without a group every partition is assigned at the start.
        self._consumer = consumer = AIOKafkaConsumer(
            *self._topics,
            **self._connection.client_options(),
            client_id="fullhouse-tail",
            group_id=None,
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=100,
        )
        try:
            await connected(consumer.start())
            await self._position(consumer)
            CarefulPolls(consumer, self).install()
        except BaseException:
            await to_the_end(consumer.stop())
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._consumer is not None:
            await to_the_end(self._consumer.stop())

    async def __aiter__(self) -> AsyncIterator[Received[Event]]:
        while self._consumer is not None:
            for received in await self._poll(self._consumer):
                yield received

    async def to_the_ends(self) -> AsyncIterator[Received[Event]]:
        """What was there at the entry, and then no more."""
        while self._consumer is not None and not self._at_ends():
            for received in await self._poll(self._consumer):
                yield received

    def _at_ends(self) -> bool:
        ends = self.ends
        return all(
            place >= ends[self._connection.unprefixed(each.topic), each.partition]
            for each, place in self._places.items()
        )

    async def _poll(self, consumer: AIOKafkaConsumer) -> list[Received[Event]]:
        batch: dict[TopicPartition, list[Any]] = await consumer.getmany(timeout_ms=_POLL_MS)
        records = [record for found in batch.values() for record in found]
        self._places |= {partition: found[-1].offset + 1 for partition, found in batch.items() if found}
        ordered = sorted(records, key=lambda each: (each.timestamp, each.offset))
        return [received for record in ordered if (received := self._read(record))]

    def _read(self, record: Any) -> Received[Event] | None:
        try:
            return receive(raw_record(record, topic=self._connection.unprefixed(record.topic)))
        except UNREADABLE:
            self.unreadable += 1
            return None

    def places(self) -> Mapping[TopicPartition, int]:
        """The next offset of each partition."""
        assigned = self._consumer.assignment() if self._consumer is not None else ()
        return {partition: place for partition, place in self._places.items() if partition in assigned}

    async def cannot_read(self, partition: TopicPartition, offset: int, _reason: str) -> None:
        """Skips the record: no effect depends on it."""
        self._places[partition] = await last_of_batch(self._connection, partition, offset) + 1
        self.unreadable += self._places[partition] - offset
        if self._consumer is not None:
            self._consumer.seek(partition, self._places[partition])

    async def fell_off(self) -> None:
        """Seeks to the known positions again. Raises KafkaError for new partitions: reading must then start afresh.

        The client forgets its positions when a restarted broker knows few partitions at first; or the log lacks the
        next record.
        """
        if self._consumer is None:
            return
        assigned = self._consumer.assignment()
        firsts = await self._consumer.beginning_offsets(assigned)
        ends = await self._consumer.end_offsets(assigned)
        for partition in assigned & self._consumer.assignment():
            if partition not in self._places:
                raise KafkaError(f"{partition.topic} has other partitions than before")
            place = max(firsts[partition], min(self._places[partition], ends[partition]))
            self._places[partition] = place
            self._consumer.seek(partition, place)

    async def _position(self, consumer: AIOKafkaConsumer) -> None:
        """Fixes every position now; otherwise the first fetch would decide it."""
        partitions = list(consumer.assignment())
        ends: dict[TopicPartition, int] = await consumer.end_offsets(partitions)
        starts = await self._starts(consumer, partitions)
        for partition in partitions:
            place = (self._connection.unprefixed(partition.topic), partition.partition)
            self.ends[place] = ends[partition]
            self.starts[place] = starts.get(partition, ends[partition])
            self._places[partition] = self.starts[place]
            consumer.seek(partition, self.starts[place])

    async def _starts(
        self, consumer: AIOKafkaConsumer, partitions: Sequence[TopicPartition]
    ) -> dict[TopicPartition, int]:
        if self._since is None:
            return {}
        moment = int(self._since.timestamp() * 1000)
        found = await consumer.offsets_for_times(dict.fromkeys(partitions, moment))
        return {partition: place.offset for partition, place in found.items() if place is not None}
