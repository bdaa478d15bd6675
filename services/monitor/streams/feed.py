"""Fills the ring from Kafka while there are readers, so that a stream that nobody listens to costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.errors import Unavailable
from chassis.telemetry import get_logger
from eventbus import KafkaConnection, KafkaError, MissingTopicsError, Tail
from eventbus.cluster.kafka import cluster_id
from monitor.streams.domain import log_number
from monitor.streams.ring import Ring

log = get_logger()

# How far back a reader may resume, also after a restart of this process.
REPLAY: Final = timedelta(minutes=10)
LIMIT: Final = 10_000
IDLE: Final = timedelta(minutes=2)
_OPEN_SECONDS: Final = 10.0
_AGAIN_SECONDS: Final = 1.0
_BREATH: Final = 50


class Feed:
    """Reads every topic without a group: each process has everything, positions are the readers' own."""

    def __init__(
        self, connection: KafkaConnection, *, clock: Clock, replay: timedelta = REPLAY, limit: int = LIMIT
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._replay = replay
        self._limit = limit
        self._readers = 0
        self._left_at = clock.monotonic()
        self._wanted = asyncio.Event()
        self._opened = asyncio.Event()
        self._ring: Ring | None = None

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Says that somebody reads, for as long as it lasts."""
        self._readers += 1
        self._wanted.set()
        try:
            yield
        finally:
            self._readers -= 1
            self._left_at = self._clock.monotonic()

    async def available(self) -> None:
        """Waits for Kafka; raises Unavailable while it doesn't answer: better before a stream begins than in it."""
        async with self.reading():
            await self.ring()

    async def ring(self) -> Ring:
        """The ring that is being filled. Raises Unavailable when Kafka doesn't answer in time."""
        try:
            async with asyncio.timeout(_OPEN_SECONDS):
                while self._ring is None or self._ring.closed:
                    await self._opened.wait()
        except TimeoutError:
            raise Unavailable("Kafka does not answer") from None
        return self._ring

    async def run(self) -> None:
        """Reads until cancelled."""
        while True:
            await self._wanted.wait()
            try:
                await self._fill()
            except (KafkaError, MissingTopicsError, OSError) as error:
                log.warning("streams_unavailable", reason=type(error).__name__)
                await asyncio.sleep(_AGAIN_SECONDS)

    async def _fill(self) -> None:
        try:
            log_id = log_number(await cluster_id(self._connection))
            async with Tail(self._connection, since=self._clock.now() - self._replay) as tail:
                ring = self._ring = Ring(starts=tail.starts, ends=tail.ends, limit=self._limit, log=log_id)
                self._opened.set()
                count = 0
                async for received in tail:
                    ring.append(received)
                    count += 1
                    if count % _BREATH == 0:
                        await asyncio.sleep(0)
                    if self._idle():
                        return
        finally:
            self._end()

    def _idle(self) -> bool:
        silent = self._clock.monotonic() - self._left_at
        return self._readers == 0 and silent > IDLE.total_seconds()

    def _end(self) -> None:
        self._opened.clear()
        if self._ring is not None:
            self._ring.close()
        if self._readers == 0:
            self._wanted.clear()
