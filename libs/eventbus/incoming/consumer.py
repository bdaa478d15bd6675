"""Takes one group's batches from Kafka's client to its processor (E-4, E-5).

A batch counts when its transaction has committed; until then it can be read again, and the client's own position has no
meaning. Rebalances wait for the batch under way. After an outage the consumer rewinds and pauses; no attempt is counted
and no offset moves. Every few seconds it looks up whether a person has stopped, started or moved the group.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from chassis.crashpoints import crashpoint
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.telemetry import get_logger
from eventbus.cluster.kafka import KafkaConnection
from eventbus.failures import stops
from eventbus.incoming.careful import CarefulPolls, last_of_batch
from eventbus.incoming.display import DisplayCommits
from eventbus.incoming.gaps import Gaps, current
from eventbus.incoming.offsets import Partition
from eventbus.incoming.positions import Positions
from eventbus.incoming.processing import EffectProcessor
from eventbus.incoming.pulse import Pulse
from eventbus.incoming.records import KafkaRecord, RawRecord, next_offsets, raw_record

log = get_logger()

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0


class EffectConsumer(ConsumerRebalanceListener):  # type: ignore[misc] # the client library is untyped
    """Feeds one group's records to its processor, from the offsets in the service's own database (E-4).

    Kafka's own committed offsets are only for the tools that show lag. After an outage the batch is rewound and read
    again after a pause; no attempt is counted and no offset moves.
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
        self._positions = Positions(
            self.group, processor.effect.start, connection=connection, database=database, cluster_id=cluster_id
        )
        self._consumer: AIOKafkaConsumer | None = None
        # One lock for batches and rebalances: without it 19 % of the records were delivered twice.
        self._lock = asyncio.Lock()
        self._expected: dict[TopicPartition, int] = {}
        # Partitions at a record that can't be read, and why.
        self._stuck: dict[TopicPartition, str] = {}
        self._gaps = Gaps()
        self._pause = FIRST_PAUSE
        self._display = DisplayCommits()
        self._pulse = Pulse(self.group)

    def attach(self, consumer: AIOKafkaConsumer) -> None:
        """Takes the client that reads for this group; call it before its first poll."""
        self._consumer = consumer
        CarefulPolls(consumer, self).install()

    @property
    def assigned(self) -> frozenset[TopicPartition]:
        """The partitions that are assigned to this consumer and have a position."""
        return frozenset(self._expected)

    @property
    def standing(self) -> str | None:
        """Why the group, or one of its partitions, is stopped until a person acts; None when neither is."""
        return self.stopped or next(iter(self._stuck.values()), None)

    def lag(self) -> int:
        """The number of records not yet read, by the end offsets of the last fetches; makes no request."""
        if self._consumer is None:
            return 0
        lag = 0
        for partition, expected in self._expected.items():
            high = self._consumer.highwater(partition) if partition in self._consumer.assignment() else None
            lag += max(0, (high or expected) - expected)
        return lag

    def behind(self) -> float:
        """Seconds since the newest handled record was written, while records wait; else 0."""
        return self._pulse.behind(lag=self.lag())

    def unanswered(self) -> float:
        """Seconds since Kafka last answered a fetch, for the partition with the oldest answer."""
        if self._consumer is None:
            return 0.0
        return self._pulse.unanswered(self._consumer, self._consumer.assignment() & self.places().keys())

    def quiet(self) -> float:
        """Seconds without progress that should have happened (`eventbus.incoming.pulse`)."""
        return self._pulse.quiet(self._consumer, self._expected.keys() - self._stuck.keys())

    @property
    def joined(self) -> bool:
        """Whether the consumer has joined its group and has its partitions."""
        return self._pulse.joined

    def positions(self) -> dict[Partition, int]:
        """The next offset of each partition that is read; stopped partitions are left out."""
        moving = self._expected.keys() - self._stuck.keys()
        return {self._positions.partition(each): self._expected[each] for each in moving}

    async def on_records(self, records: Sequence[KafkaRecord]) -> None:
        """Processes a batch; returns once it is committed, or rewound after an outage.

        It returns no sooner than `Effect.gather` after it began. A bug outside any event is treated like an outage
        (errors of events are set aside by the processor): the library would poll again at once, without a log line.
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
        records = current(delivered, self._expected)
        if self.stopped is not None or self._gaps.new(records, self._expected):
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
        self._expected |= {TopicPartition(*place): offset for place, offset in next_offsets(records).items()}
        self._pulse.handled(records[-1].timestamp)
        if self._consumer is not None:
            self._display.offer(self._consumer, self._expected)
        if verdict is not None:
            self._halt(verdict)

    async def heed_stop_row(self) -> None:
        """Stops, starts or moves the group as the database says; called every few seconds.

        The stop may come from another process, or from deferred events that died. A start or a move comes from a
        person.
        """
        async with self._lock:
            try:
                await self._heed()
            except KafkaError as outage:
                log.warning("batch_unavailable", group=self.group, reason=str(outage), seconds=FIRST_PAUSE)

    async def _heed(self) -> None:
        await self.processor.settle_positions(cluster_id=self._cluster_id)
        word = await stops.word(self._database, self.group)
        if self._lost or word.sent_back or await self._stuck_moved():
            await self._position(list(self._expected))
        elif word.stop is not None and self.stopped is None:
            self._halt(word.stop)
        elif word.stop is None and self.stopped is not None:
            self._go_on()

    async def _stuck_moved(self) -> bool:
        return any([await self._positions.moved_on(partition, self._expected[partition]) for partition in self._stuck])

    def places(self) -> Mapping[TopicPartition, int]:
        """The next offset of each partition that may be read now; none while the group is stopped."""
        if self._consumer is None or self.stopped is not None:
            return {}
        assigned = self._consumer.assignment() - self._stuck.keys()
        return {partition: place for partition, place in self._expected.items() if partition in assigned}

    async def cannot_read(self, partition: TopicPartition, offset: int, reason: str) -> None:
        """Stops the partition at a record that the client library can't read, and notes it for people."""
        async with self._lock:
            if self._expected.get(partition) != offset or self._consumer is None:
                return
            last = await last_of_batch(self._connection, partition, offset)
            try:
                async with self._database.transaction() as tx:
                    where = self._positions.partition(partition)
                    await stops.stop_partition(
                        tx, self.group, where, first_offset=offset, last_offset=last, reason=reason
                    )
            except Unavailable as outage:
                log.warning("batch_unavailable", group=self.group, reason=str(outage), seconds=self._pause)
                await self._rest()
                return
            self._consumer.pause(partition)
            self._stuck[partition] = f"{where.topic}/{where.number}: {offset} can't be read: {reason}"
            log.error("partition_stopped", group=self.group, topic=where.topic, reason=self._stuck[partition])

    async def fell_off(self) -> None:
        """Looks up the positions again; stops the group when the log no longer has its next record."""
        async with self._lock:
            try:
                await self._position(list(self._expected))
            except (Unavailable, KafkaError) as outage:
                log.warning("batch_unavailable", group=self.group, reason=str(outage), seconds=self._pause)
                await self._rest()

    def _go_on(self) -> None:
        self.stopped = None
        self.processor.forget_deaths()
        if self._consumer is not None:
            self._consumer.resume(*(self._expected.keys() - self._stuck.keys()))
        log.info("subscription_started", group=self.group)

    def _halt(self, reason: str) -> None:
        if self.stopped != reason:
            log.error("subscription_stopped", group=self.group, reason=reason)
        self.stopped = reason
        if self._consumer is not None:
            self._consumer.pause(*(self._consumer.assignment() & self._expected.keys()))

    def _raw(self, records: Sequence[KafkaRecord]) -> list[RawRecord]:
        return [raw_record(record, topic=self._connection.unprefixed(record.topic)) for record in records]

    def _rewind(self) -> None:
        if self._consumer is None:
            return
        for partition, expected in self._expected.items():
            if partition in self._consumer.assignment():
                self._consumer.seek(partition, expected)

    async def on_partitions_revoked(self, _revoked: Sequence[TopicPartition]) -> None:
        """Waits for the batch under way, then forgets the positions."""
        async with self._lock:
            self._expected.clear()
            self._stuck.clear()
            self.processor.forget_positions()

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """Seeks the assigned partitions to the stored offsets; retries until that works."""
        # Before any await: without a position the client would use the offsets committed to Kafka.
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
            self._pulse.placed()
            return
        self.processor.forget_positions()
        found = await self._positions.find(consumer, assigned)
        stop = (await stops.word(self._database, self.group)).stop
        for partition, position in found.positions.items():
            consumer.seek(partition, position)
        self._expected, self._lost = dict(found.positions), found.lost is not None
        self._stuck.clear()
        self._pulse.placed()
        if (reason := found.lost or stop) is not None:
            self._halt(reason)
        else:
            self.stopped = None
            consumer.resume(*assigned)
