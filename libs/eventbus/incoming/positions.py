"""Finds where a consumer continues in its assigned partitions, by the service's own database and never by a guess.

A stored offset that the log lacks, or that belongs to another cluster, is lost: the consumer stops with a reason and
doesn't jump, because it would skip records silently or process another log (E-4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.database import Database
from eventbus.cluster.kafka import KafkaConnection
from eventbus.incoming import offsets
from eventbus.incoming.offsets import Partition, StoredOffset
from eventbus.incoming.subscriptions import Start


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Where a consumer continues.

    positions: the next offset of each partition
    lost: why a person must decide; the positions then have no meaning
    """

    positions: Mapping[TopicPartition, int]
    lost: str | None


class Positions:
    """Finds and stores one group's positions."""

    def __init__(
        self, group: str, start: Start, *, connection: KafkaConnection, database: Database, cluster_id: str
    ) -> None:
        self._group = group
        self._start = start
        self._connection = connection
        self._database = database
        self._cluster_id = cluster_id

    async def find(self, consumer: AIOKafkaConsumer, assigned: Sequence[TopicPartition]) -> Found:
        """The next offset of each assigned partition; stores the start of a new group before it reads a record."""
        stored = await offsets.stored(self._database, self._group)
        first = await consumer.beginning_offsets(list(assigned))
        end = await consumer.end_offsets(list(assigned))
        positions: dict[TopicPartition, int] = {}
        lost: str | None = None
        for partition in assigned:
            known = stored.get(self.partition(partition))
            positions[partition] = self._next(known, first=first[partition], end=end[partition])
            lost = lost or self._lost(partition, known, first=first[partition], end=end[partition])
        if lost is None:
            await self._remember(positions)
        return Found(positions=positions, lost=lost)

    def partition(self, partition: TopicPartition) -> Partition:
        """The client's partition, by the topic's name without prefix."""
        return Partition(self._connection.unprefixed(partition.topic), partition.partition)

    async def moved_on(self, partition: TopicPartition, place: int) -> bool:
        """Whether a person has moved the group away from this offset."""
        known = (await offsets.stored(self._database, self._group)).get(self.partition(partition))
        return known is not None and known.next_offset > place

    def _next(self, known: StoredOffset | None, *, first: int, end: int) -> int:
        if known is None:
            return first if self._start is Start.BEGINNING else end
        return first if known.next_offset == offsets.FROM_THE_BEGINNING else known.next_offset

    def _lost(self, partition: TopicPartition, known: StoredOffset | None, *, first: int, end: int) -> str | None:
        if known is None or known.next_offset == offsets.FROM_THE_BEGINNING:
            return None
        where = f"group {self._group}, {partition.topic}/{partition.partition}: stored offset {known.next_offset}"
        if known.cluster_id != self._cluster_id:
            return f"{where} is of cluster {known.cluster_id}, this is {self._cluster_id}"
        if known.next_offset < first:
            return f"{where} is older than the log, which starts at {first}"
        return f"{where} is beyond the log, which ends at {end}" if known.next_offset > end else None

    async def _remember(self, positions: Mapping[TopicPartition, int]) -> None:
        starts = {self.partition(partition): place for partition, place in positions.items()}
        async with self._database.transaction() as tx:
            await offsets.begin(tx, self._group, starts, cluster_id=self._cluster_id)
