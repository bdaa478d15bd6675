"""FastStream's subscribers, set up so that nothing of theirs can lose a record or jump over one.

Each setting here is one measured trap: positions are ours, and without a position of ours reading fails instead of
beginning anywhere; a bad header or value reaches our own code, which knows what to do with it; a process that returns
to its slot has its partitions again at once, and nobody else stops for that; a batch under way is finished before
partitions or the process go (eventbus.incoming.consumer holds the lock, `GRACEFUL_SECONDS` is the longest that it may
take).
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

from eventbus.cluster.kafka import KafkaConnection
from eventbus.cluster.security import faststream_security
from eventbus.incoming.consumer import EffectConsumer
from eventbus.incoming.records import KafkaRecord
from eventbus.incoming.viewer import ViewReader

MAX_RECORDS = 500
GRACEFUL_SECONDS = 15.0
# How long the broker keeps an empty answer: what arrives is told at once all the same. Each answer names every
# partition, which costs an idle process and the broker most of their CPU; a retry by `seek` waits so long.
FETCH_WAIT_MS = 500
POLL_MS = 1_000

Handler = Callable[[Any], Awaitable[None]]


class StreamReader:
    """FastStream's batch subscribers, set up so that nothing of theirs can lose a record.

    Manual acknowledgement (positions are ours), a parser that leaves headers as bytes (the stock one drops a whole
    batch on one bad byte), a decoder that hands the raw records through, polls that wait for records, rebalances of
    30 s, static membership by slot.
    """

    def __init__(self, connection: KafkaConnection, *, client_id: str, slot: str | None) -> None:
        self._connection = connection
        self._slot = slot
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

    def add_effect(self, consumer: EffectConsumer) -> None:
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
            fetch_max_wait_ms=FETCH_WAIT_MS,
            session_timeout_ms=30_000,
            heartbeat_interval_ms=1_000,
            rebalance_timeout_ms=30_000,
            parser=_parse,
            decoder=_decode,
        )
        subscriber(_handler(consumer.on_records))
        _wait_for_records(subscriber)

        self._starts.append(lambda: _start(subscriber, consumer.attach))

    def add_view(self, reader: ViewReader) -> None:
        subscriber = self._broker.subscriber(
            *map(self._connection.prefixed, reader.view.topics),
            batch=True,
            auto_offset_reset="none",
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            max_records=MAX_RECORDS,
            fetch_min_bytes=1,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            parser=_parse,
            decoder=_decode,
        )
        subscriber(_handler(reader.on_records))
        _wait_for_records(subscriber)

        self._starts.append(lambda: _start(subscriber, reader.attach))

    async def run(self) -> None:
        """Starts all and reads until cancelled."""
        await self._broker.connect()
        await asyncio.gather(*(start() for start in self._starts))
        await asyncio.Event().wait()

    async def stop(self) -> None:
        await self._broker.stop()


async def _start(subscriber: Any, attach: Callable[[AIOKafkaConsumer], None]) -> None:
    """Whoever reads needs the client before its first assignment and poll; the library makes it inside start()."""
    starting = asyncio.ensure_future(subscriber.start())
    while subscriber.consumer is None and not starting.done():  # noqa: ASYNC110
        await asyncio.sleep(0)
    if subscriber.consumer is not None:
        attach(subscriber.consumer)
    await starting


def _handler(take: Callable[[Sequence[KafkaRecord]], Awaitable[None]]) -> Handler:
    # One parameter, no default and no type: the library would make a model of them and check every batch against it.
    async def handle(records: Any) -> None:
        await take(records)

    return handle


def _wait_for_records(subscriber: BatchSubscriber) -> None:
    """A poll lasts until there is something. The library's own ends after a while and sleeps as long again: records
    wait for that, or, if it is short, an idle process wakes up a hundred times a second for each subscription.
    """

    async def poll(consumer: AIOKafkaConsumer) -> tuple[KafkaRecord, ...]:
        found = await consumer.getmany(timeout_ms=POLL_MS, max_records=MAX_RECORDS)
        return tuple(chain.from_iterable(found.values()))

    subscriber.get_msg = poll  # type: ignore[method-assign] # there is no setting for it


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
