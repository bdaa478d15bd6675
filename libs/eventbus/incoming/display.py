"""Commits offsets to Kafka, only for the tools that show lag: the group itself continues from its database."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

_EVERY_SECONDS = 5.0


class DisplayCommits:
    """Commits offsets to Kafka now and then, in the background; failures are ignored."""

    def __init__(self) -> None:
        self._shown_at = 0.0
        self._task: asyncio.Future[None] | None = None

    def offer(self, consumer: AIOKafkaConsumer, positions: Mapping[TopicPartition, int]) -> None:
        """Commits these positions, unless it did so a moment ago."""
        now = asyncio.get_running_loop().time()
        if now - self._shown_at >= _EVERY_SECONDS:
            self._shown_at = now
            self._task = asyncio.ensure_future(_commit(consumer, dict(positions)))


async def _commit(consumer: AIOKafkaConsumer, positions: dict[Any, int]) -> None:
    try:
        async with asyncio.timeout(_EVERY_SECONDS):
            await consumer.commit(positions)
    except (KafkaError, TimeoutError):
        return
