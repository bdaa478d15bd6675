"""Sends records to Kafka: each is acknowledged by all in-sync replicas, and client retries duplicate none.

An idempotent producer gives that, and must be replaced after any failed send.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from aiokafka import AIOKafkaProducer

from chassis.cancelling import cancel, to_the_end
from eventbus.cluster.kafka import MAX_DEAD_LETTER_BYTES, KafkaConnection, connected
from eventbus.incoming.records import RawHeaders

# How long a discarded client may go on with the records that it was given.
_PATIENCE_SECONDS = 2.0


class Acknowledgement(Protocol):
    """Where Kafka has stored a record."""

    partition: int
    offset: int


class RecordProducer:
    """One long-lived idempotent producer (acks=all; no linger, since windows are batches already).

    After any failed send it must be thrown away with `discard`: a record that the broker refused leaves a gap in the
    sequence numbers of its partition, and every later send there would fail.
    """

    def __init__(self, connection: KafkaConnection, *, client_id: str) -> None:
        self._connection = connection
        self._client_id = client_id
        self._producer: AIOKafkaProducer | None = None

    async def send(
        self, topic: str, *, key: bytes, value: bytes | None, headers: RawHeaders
    ) -> asyncio.Future[Acknowledgement]:
        """Hands the record to the client; the future ends with Kafka's acknowledgement. `topic` is without prefix."""
        producer = await self._started()
        future: asyncio.Future[Acknowledgement] = await producer.send(
            self._connection.prefixed(topic), key=key, value=value, headers=list(headers)
        )
        return future

    async def discard(self) -> None:
        """Closes the client; the next send makes a new one. What isn't acknowledged by then never will be."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await to_the_end(_close(producer))

    async def _started(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._connection.client_options(),
                client_id=self._client_id,
                acks="all",
                enable_idempotence=True,
                linger_ms=0,
                max_batch_size=131_072,
                max_request_size=MAX_DEAD_LETTER_BYTES,
            )
            try:
                await connected(producer.start())
            except BaseException:
                await to_the_end(producer.stop())
                raise
            self._producer = producer
        return self._producer


async def _close(producer: AIOKafkaProducer) -> None:
    flush = asyncio.ensure_future(producer.flush())
    await asyncio.wait([flush], timeout=_PATIENCE_SECONDS)
    await cancel(flush)
    # The client's own stop would wait for the broker to take all open records; without a broker that never ends.
    sender = producer._sender  # noqa: SLF001 there is no other way to give them up
    if sender.sender_task is not None:
        await cancel(sender.sender_task)
    sender._sender_task = None  # noqa: SLF001
    await producer.stop()


async def acknowledged(futures: Sequence[asyncio.Future[Acknowledgement]]) -> list[Acknowledgement | BaseException]:
    """Waits for all futures; returns each one's acknowledgement or error."""
    return await asyncio.gather(*futures, return_exceptions=True)
