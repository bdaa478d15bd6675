from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from chassis.crashpoints import crashpoint
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.telemetry import get_logger
from eventbus import offsets
from eventbus.kafka import KafkaConnection
from eventbus.offsets import Partition, StoredOffset
from eventbus.processing import EffectProcessor
from eventbus.pulse import Pulse
from eventbus.records import KafkaRecord, RawRecord, raw_record
from eventbus.stops import stop_reason
from eventbus.subscriptions import Start

log = get_logger()

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
DISPLAY_COMMIT_SECONDS = 5.0


class OffsetLostError(RuntimeError):
    """A stored offset points outside the log, or to another cluster: a person must decide where to go on."""


class EffectConsumer(ConsumerRebalanceListener):  # type: ignore[misc] # the client library is untyped
    """Feeds one group's records to its processor, from the positions in the service's own database (E-4).

    Kafka's own commit is only for the tools that show lag. A batch that met an outage is rewound and comes again after
    a pause: nothing is counted, nothing moves.
    """

    def __init__(
        self,
        processor: EffectProcessor,
        *,
        connection: KafkaConnection,
        database: Database,
        cluster_id: str,
        rng: Random,
    ) -> None:
        self.processor = processor
        self.group = processor.effect.group
        self.stopped: str | None = None
        self._lost = False
        self._connection = connection
        self._database = database
        self._cluster_id = cluster_id
        self._rng = rng
        self._consumer: AIOKafkaConsumer | None = None
        # One lock for batches and rebalances: without it 19 % were delivered twice (design §7).
        self._lock = asyncio.Lock()
        self._expected: dict[TopicPartition, int] = {}
        self._gaps: dict[TopicPartition, int] = {}
        self._pause = FIRST_PAUSE
        self._shown_at = 0.0
        self._pulse = Pulse()

    def attach(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer

    @property
    def assigned(self) -> frozenset[TopicPartition]:
        return frozenset(self._expected)

    def lag(self) -> int:
        """Records not yet read, by what the last fetches said; costs no call."""
        if self._consumer is None:
            return 0
        lag = 0
        for partition, expected in self._expected.items():
            high = self._consumer.highwater(partition) if partition in self._consumer.assignment() else None
            lag += max(0, (high or expected) - expected)
        return lag

    def behind(self) -> float:
        """Seconds since the newest record handled was written, while others wait; else 0."""
        return self._pulse.behind(lag=self.lag())

    def unanswered(self) -> float:
        """Seconds since Kafka last answered for the partition that has waited longest."""
        if self._consumer is None:
            return 0.0
        return self._pulse.unanswered(self._consumer, self._consumer.assignment() & self._expected.keys())

    def quiet(self) -> float:
        """Seconds for which nothing has moved that should (eventbus.pulse)."""
        return self._pulse.quiet(self._consumer, self._expected)

    @property
    def joined(self) -> bool:
        """Whether the group has told this consumer its partitions."""
        return self._pulse.joined

    def positions(self) -> dict[Partition, int]:
        """The next offset of each partition it has."""
        return {Partition(self._connection.unprefixed(tp.topic), tp.partition): at for tp, at in self._expected.items()}

    async def on_records(self, records: Sequence[KafkaRecord]) -> None:
        """Takes a batch. Returns when it is durable, or has been rewound after an outage; and not before the next one
        is wanted (`Effect.gather`).

        So does a mistake of ours outside any event (those that events make are set aside): the library would try
        again at once and say nothing.
        """
        began = asyncio.get_running_loop().time()
        try:
            async with self._lock:
                with self._pulse.batch():
                    await self._take(records)
        except Unavailable as outage:
            log.warning("batch_unavailable", group=self.group, reason=str(outage), seconds=self._pause)
            await self._rest()
        except Exception:
            log.exception("background_task_failed", task=f"group {self.group}")
            await self._rest()
        else:
            self._pause = FIRST_PAUSE
            wanted = began + self.processor.effect.gather.total_seconds()
            await asyncio.sleep(wanted - asyncio.get_running_loop().time())

    async def _rest(self) -> None:
        await asyncio.sleep(self._pause * (0.75 + 0.5 * self._rng.random()))
        self._pause = min(self._pause * 2, LONGEST_PAUSE)

    async def _take(self, delivered: Sequence[KafkaRecord]) -> None:
        records = self._current(delivered)
        if self.stopped is not None or self._has_gap(records):
            self._rewind()
            return
        if not records:
            return
        try:
            verdict = await self.processor.process(self._raw(records), cluster_id=self._cluster_id)
        except BaseException:
            # Cancelled or failed: the client's position has moved on, ours has not.
            self._rewind()
            raise
        crashpoint("consumer.after_commit")
        for record in records:
            self._expected[_partition(record)] = record.offset + 1
        self._pulse.handled(records[-1].timestamp)
        self._show_positions()
        if verdict is not None:
            self._halt(verdict)

    def _current(self, delivered: Sequence[KafkaRecord]) -> list[KafkaRecord]:
        """Leaves out what was fetched before a seek or a rebalance: records behind our position, or not ours now."""
        return [
            record
            for record in delivered
            if (expected := self._expected.get(_partition(record))) is not None and record.offset >= expected
        ]

    async def heed_stop_row(self) -> None:
        """Stops once the row is there, whoever wrote it: deferred events died, or another process's did. Goes on once
        a person has cleared it. Called every few seconds.
        """
        if self._lost:
            return
        async with self._lock:
            await self.processor.settle_positions(cluster_id=self._cluster_id)
            reason = await stop_reason(self._database, self.group)
            if reason is not None and self.stopped is None:
                self._halt(reason)
            elif reason is None and self.stopped is not None:
                self._go_on()

    def _go_on(self) -> None:
        self.stopped = None
        self.processor.forget_deaths()
        if self._consumer is not None:
            self._consumer.resume(*self._expected)
        log.info("subscription_started", group=self.group)

    def _halt(self, reason: str) -> None:
        self.stopped = reason
        log.error("subscription_stopped", group=self.group, reason=reason)
        if self._consumer is not None:
            self._consumer.pause(*(self._consumer.assignment() & self._expected.keys()))

    def _raw(self, records: Sequence[KafkaRecord]) -> list[RawRecord]:
        return [raw_record(record, topic=self._connection.unprefixed(record.topic)) for record in records]

    def _has_gap(self, records: Sequence[KafkaRecord]) -> bool:
        """A batch that begins behind the next record was fetched before a rewind: going on would skip some.

        The same gap twice is a real one (compaction removed records) and is accepted.
        """
        firsts: dict[TopicPartition, int] = {}
        for record in records:
            firsts.setdefault(_partition(record), record.offset)
        gaps = {
            partition: offset
            for partition, offset in firsts.items()
            if offset > self._expected[partition] and self._gaps.get(partition) != offset
        }
        self._gaps.update(gaps)
        return bool(gaps)

    def _rewind(self) -> None:
        if self._consumer is None:
            return
        for partition, expected in self._expected.items():
            if partition in self._consumer.assignment():
                self._consumer.seek(partition, expected)

    async def on_partitions_revoked(self, _revoked: Sequence[TopicPartition]) -> None:
        async with self._lock:
            self._expected.clear()
            self.processor.forget_positions()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        # Before anything is awaited: without a position the client would look for one at Kafka's own commits.
        self._hold_back(assigned)
        async with self._lock:
            while True:
                try:
                    await self._position(assigned)
                except (Unavailable, KafkaError) as outage:
                    log.warning("batch_unavailable", group=self.group, reason=str(outage), seconds=1.0)
                    await asyncio.sleep(1.0)
                else:
                    return

    def _hold_back(self, assigned: Sequence[TopicPartition]) -> None:
        if self._consumer is None or not assigned:
            return
        self._consumer.pause(*assigned)
        for partition in assigned:
            self._consumer.seek(partition, 0)

    async def _position(self, assigned: Sequence[TopicPartition]) -> None:
        consumer = self._consumer
        self._pulse.assigned()
        if consumer is None or not assigned:
            return
        self.processor.forget_positions()
        stored = await offsets.stored(self._database, self.group)
        first = await consumer.beginning_offsets(list(assigned))
        end = await consumer.end_offsets(list(assigned))
        positions: dict[TopicPartition, int] = {}
        self._lost = False
        reason = await stop_reason(self._database, self.group)
        for partition in assigned:
            known = stored.get(Partition(self._connection.unprefixed(partition.topic), partition.partition))
            try:
                positions[partition] = self._next(partition, known, first=first[partition], end=end[partition])
            except OffsetLostError as lost:
                # Stops instead of jumping: records would be skipped in silence, or done against another log.
                positions[partition], reason, self._lost = end[partition], str(lost), True
        for partition, position in positions.items():
            consumer.seek(partition, position)
        self._expected, self.stopped = positions, None
        if reason is not None:
            self._halt(reason)
        else:
            await self._remember()
            consumer.resume(*assigned)

    def _next(self, partition: TopicPartition, known: StoredOffset | None, *, first: int, end: int) -> int:
        if known is None:
            return first if self.processor.effect.start is Start.BEGINNING else end
        if known.next_offset == offsets.FROM_THE_BEGINNING:
            return first
        where = f"group {self.group}, {partition.topic}/{partition.partition}: stored offset {known.next_offset}"
        if known.cluster_id != self._cluster_id:
            raise OffsetLostError(f"{where} is of cluster {known.cluster_id}, this is {self._cluster_id}")
        if known.next_offset < first:
            raise OffsetLostError(f"{where} is older than the log, which starts at {first}")
        if known.next_offset > end:
            raise OffsetLostError(f"{where} is beyond the log, which ends at {end}")
        return known.next_offset

    async def _remember(self) -> None:
        """A new group's start counts from now on, also when it is restarted before its first record."""
        async with self._database.transaction() as tx:
            await offsets.begin(tx, self.group, self.positions(), cluster_id=self._cluster_id)

    def _show_positions(self) -> None:
        now = asyncio.get_running_loop().time()
        if self._consumer is None or now - self._shown_at < DISPLAY_COMMIT_SECONDS:
            return
        self._shown_at = now
        shown: dict[Any, int] = dict(self._expected)
        self._display_task = asyncio.ensure_future(self._commit_for_display(self._consumer, shown))

    @staticmethod
    async def _commit_for_display(consumer: AIOKafkaConsumer, positions: dict[Any, int]) -> None:
        try:
            async with asyncio.timeout(5):
                await consumer.commit(positions)
        except (KafkaError, TimeoutError):
            return


def _partition(record: KafkaRecord) -> TopicPartition:
    return TopicPartition(record.topic, record.partition)
