"""Sends facts that may be lost straight to Kafka: heartbeats, activity, error counts (E-4).

They have no outbox, so no transaction waits for them and none survives an outage: the queue is bounded, and what
overflows or fails is dropped and counted. Events that must arrive go through eventbus.outgoing.outbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from aiokafka.errors import KafkaError

from chassis.clock import Clock
from chassis.ids import uuid7
from chassis.telemetry import current_traceparent, get_logger
from eventbus.outgoing.producer import Acknowledgement, RecordProducer, acknowledged
from events import Envelope, Event, event_json

log = get_logger()

QUEUE_LIMIT = 2_000
# So many wait for Kafka together: a crowd of visitors must not hold up the heartbeats behind it.
MOST_AT_ONCE = 200
SEND_TIMEOUT_SECONDS = 10


_Told = tuple[Event, str | None]  # and the trace that it belongs to


class Facts:
    """Sends facts that may be lost straight to Kafka, without the outbox (E-4).

    It never makes its caller wait: the queue is bounded, and its overflow is dropped and counted.
    """

    def __init__(self, *, source: str, producer: RecordProducer, clock: Clock) -> None:
        self._source = source
        self._producer = producer
        self._clock = clock
        self._queue: asyncio.Queue[_Told] = asyncio.Queue(QUEUE_LIMIT)
        self.dropped = 0

    def tell(self, event: Event) -> None:
        """Queues the event, or drops it when the queue is full."""
        try:
            self._queue.put_nowait((event, current_traceparent()))
        except asyncio.QueueFull:
            self.dropped += 1

    async def sent(self, *, seconds: float) -> None:
        """Waits until everything queued so far has been sent, at most `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                await self._queue.join()
        except TimeoutError:
            return

    async def run(self) -> None:
        """Sends queued events until cancelled."""
        try:
            while True:
                batch = await self._taken()
                await self._send(batch)
                for _ in batch:
                    self._queue.task_done()
        finally:
            await self._producer.discard()

    async def _taken(self) -> list[_Told]:
        """All that waits, once something does."""
        batch = [await self._queue.get()]
        while len(batch) < MOST_AT_ONCE and not self._queue.empty():
            batch.append(self._queue.get_nowait())
        return batch

    async def _send(self, batch: Sequence[_Told]) -> None:
        try:
            async with asyncio.timeout(SEND_TIMEOUT_SECONDS):
                answers = await acknowledged([await self._hand_over(*told) for told in batch])
        except (KafkaError, OSError, TimeoutError) as failure:
            answers = [failure] * len(batch)
        lost = sum(isinstance(answer, BaseException) for answer in answers)
        if lost:
            self.dropped += lost
            await self._producer.discard()

    async def _hand_over(self, event: Event, traceparent: str | None) -> asyncio.Future[Acknowledgement]:
        envelope = Envelope(
            id=uuid7(),
            source=self._source,
            type=event.type,
            time=self._clock.now(),
            subject=event.key,
            traceparent=traceparent,
        )
        return await self._producer.send(
            event.destination.value, key=event.key.encode(), value=event_json(event), headers=envelope.headers()
        )
