"""Sets up FastStream's subscribers so that they can't lose or skip a record.

Each setting answers one measured failure. Offsets are ours, and without one of ours reading fails instead of starting
anywhere. A bad header or value reaches our own code. A process that was killed and comes back to its slot gets its
partitions at once, without a rebalance; one that is stopped leaves its groups, and the others get them at once.
Partitions and process wait for the batch under way (`eventbus.incoming.consumer` holds the lock, for
`GRACEFUL_SECONDS` at most).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import chain
from typing import Any

from aiokafka import AIOKafkaConsumer
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.kafka.message import FAKE_CONSUMER
from faststream.kafka.subscriber.usecase import BatchSubscriber

from eventbus.cluster.kafka import KafkaConnection, connected
from eventbus.cluster.security import faststream_security
from eventbus.incoming.consumer import EffectConsumer
from eventbus.incoming.records import KafkaRecord
from eventbus.incoming.viewer import ViewReader

MAX_RECORDS = 500
GRACEFUL_SECONDS = 15.0
# How long the broker delays an empty response; records that arrive meanwhile end the wait. Each response lists every
# partition, which is most of an idle process's CPU, so it must not be short; but a fetch after a `seek` waits for it.
FETCH_WAIT_MS = 2_000
# How long an idle client sleeps between two looks at its partitions; whatever happens to them wakes it.
POLL_MS = 1_000

Handler = Callable[[Any], Awaitable[None]]


class StreamReader:
    """Runs FastStream's batch subscribers, set up so that they can't lose a record.

    Manual acknowledgement (offsets are ours), a parser that leaves headers as bytes (the stock one drops a whole batch
    for one bad byte), a decoder that hands raw records through, polls that wait for records, a rebalance timeout of 30
    s, static membership by slot.
    """

    def __init__(self, connection: KafkaConnection, *, client_id: str, slot: str | None) -> None:
        self._connection = connection
        self._slot = slot
        # A wait as long as the silence that counts as an outage would be taken for one.
        self._fetch_wait_ms = min(FETCH_WAIT_MS, connection.silence_ms // 2)
        self._broker = KafkaBroker(
            connection.bootstrap_servers.split(","),
            client_id=client_id,
            security=faststream_security(connection),
            retry_backoff_ms=250,
            request_timeout_ms=connection.silence_ms,
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            serializer=None,
            graceful_timeout=GRACEFUL_SECONDS,
            logger=None,
        )
        self._starts: list[Callable[[], Awaitable[None]]] = []
        self._members: list[BatchSubscriber] = []

    def add_effect(self, consumer: EffectConsumer) -> None:
        """Adds a group's consumer; call it before `run`."""
        effect = consumer.processor.effect
        group = self._connection.prefixed(effect.group)
        subscriber = self._broker.subscriber(
            *map(self._connection.prefixed, effect.topics),
            batch=True,
            group_id=group,
            group_instance_id=f"{group}-{self._slot}" if self._slot is not None else None,
            auto_offset_reset="none",
            listener=consumer,
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            max_records=MAX_RECORDS,
            fetch_min_bytes=1,
            fetch_max_wait_ms=self._fetch_wait_ms,
            consumer_timeout_ms=POLL_MS,
            session_timeout_ms=30_000,
            heartbeat_interval_ms=1_000,
            rebalance_timeout_ms=30_000,
            parser=_parse,
            decoder=_decode,
        )
        subscriber(_handler(consumer.on_records))
        _wait_for_records(subscriber)

        self._members.append(subscriber)
        self._starts.append(lambda: _start(subscriber, consumer.attach))

    def add_view(self, reader: ViewReader) -> None:
        """Adds a view's reader; call it before `run`."""
        subscriber = self._broker.subscriber(
            *map(self._connection.prefixed, reader.view.topics),
            batch=True,
            auto_offset_reset="none",
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            max_records=MAX_RECORDS,
            fetch_min_bytes=1,
            fetch_max_wait_ms=self._fetch_wait_ms,
            consumer_timeout_ms=POLL_MS,
            parser=_parse,
            decoder=_decode,
        )
        subscriber(_handler(reader.on_records))
        _wait_for_records(subscriber)

        self._starts.append(lambda: _start(subscriber, reader.attach))

    async def run(self) -> None:
        """Starts all subscribers and reads until cancelled."""
        await self._broker.connect()
        await asyncio.gather(*(start() for start in self._starts))
        await asyncio.Event().wait()

    async def stop(self) -> None:
        """Stops all subscribers, each after its batch under way, and leaves the groups."""
        for subscriber in self._members:
            if subscriber.consumer is not None:
                _leave_at_the_end(subscriber.consumer)
        await self._broker.stop()


async def _start(subscriber: Any, attach: Callable[[AIOKafkaConsumer], None]) -> None:
    """Hands the client to its reader before the first assignment and poll; the library makes it inside start()."""

    async def start() -> None:
        starting = asyncio.ensure_future(subscriber.start())
        while subscriber.consumer is None and not starting.done():  # noqa: ASYNC110
            await asyncio.sleep(0)
        if subscriber.consumer is not None:
            attach(subscriber.consumer)
        await starting

    await connected(start())


def _handler(take: Callable[[Sequence[KafkaRecord]], Awaitable[None]]) -> Handler:
    # One parameter without default and type: from them the library would build a model and validate every batch.
    async def handle(records: Any) -> None:
        await take(records)

    return handle


def _wait_for_records(subscriber: BatchSubscriber) -> None:
    """Makes a poll last until there are records.

    The library's own poll ends after a while and sleeps as long again: records wait for that, or, with a short poll, an
    idle process wakes up a hundred times a second for each subscription.
    """

    async def poll(consumer: AIOKafkaConsumer) -> tuple[KafkaRecord, ...]:
        found = await consumer.getmany(timeout_ms=POLL_MS, max_records=MAX_RECORDS)
        return tuple(chain.from_iterable(found.values()))

    subscriber.get_msg = poll  # type: ignore[method-assign] # there is no setting for it


def _leave_at_the_end(member: AIOKafkaConsumer) -> None:
    """Makes the client leave its group when it is closed.

    The library never does so for a static member: its share of the partitions would wait for it until its session ends,
    also when another process has taken its place under another slot.
    """
    member._coordinator._group_instance_id = None  # noqa: SLF001 there is no setting for it


async def _parse(message: tuple[KafkaRecord, ...]) -> KafkaMessage:
    return KafkaMessage(
        body=b"",
        headers={},
        batch_headers=[],
        content_type=None,
        raw_message=message,
        message_id="",
        correlation_id="",
        consumer=FAKE_CONSUMER,
    )


async def _decode(message: KafkaMessage) -> tuple[KafkaRecord, ...]:
    records: tuple[KafkaRecord, ...] = message.raw_message
    return records
