"""Ends the process when one of its consumers is stuck; the supervisor then starts a fresh one.

A consumer is stuck when records wait in the log, nobody has stopped the subscription, and for a minute nothing has
moved (eventbus.incoming.pulse). A client made for the question asks Kafka whether records wait, so neither an outage of
Kafka nor an idle topic counts. The suspicion must last a while before the process ends: after an outage consumers need
a moment to reconnect.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Final

from chassis.errors import Unavailable
from chassis.telemetry import get_logger
from eventbus.cluster.ends import log_ends
from eventbus.cluster.kafka import KafkaConnection
from eventbus.incoming.consumer import EffectConsumer
from eventbus.incoming.offsets import Partition

log = get_logger()

STUCK_AFTER: Final = timedelta(seconds=60)


class Watchdog:
    """Looks for stuck consumers, and calls `give_up` once when it finds one.

    `patience`: how long a consumer may make no progress while records wait; a suspicion must last a third of it longer.
    """

    def __init__(
        self,
        consumers: Callable[[], Iterable[EffectConsumer]],
        *,
        connection: KafkaConnection,
        give_up: Callable[[], None],
        patience: timedelta = STUCK_AFTER,
    ) -> None:
        self._consumers = consumers
        self._connection = connection
        self._give_up = give_up
        self._patience = patience.total_seconds()
        self._suspected: dict[EffectConsumer, float] = {}

    @property
    def interval(self) -> timedelta:
        """How often `look` must be called."""
        return timedelta(seconds=self._patience / 6)

    async def look(self) -> None:
        """Judges each consumer once."""
        now = asyncio.get_running_loop().time()
        waiting = {consumer: count for consumer in self._quiet() if (count := await self._waiting(consumer))}
        self._suspected = {consumer: self._suspected.get(consumer, now) for consumer in waiting}
        for consumer, since in self._suspected.items():
            if now - since >= self._patience / 3:
                seconds = round(consumer.quiet())
                log.error("consumer_stuck", group=consumer.group, lag=waiting[consumer], seconds=seconds)
                self._give_up()
                return

    def _quiet(self) -> list[EffectConsumer]:
        return [each for each in self._consumers() if each.stopped is None and each.quiet() > self._patience]

    async def _waiting(self, consumer: EffectConsumer) -> int:
        """The number of records that wait for the consumer, by Kafka's end offsets; 0 while Kafka doesn't answer.

        A consumer that was never assigned partitions counts as behind: it fetches nothing at all.
        """
        positions = consumer.positions()
        asked = positions or [Partition(topic.value, 0) for topic in consumer.processor.effect.topics]
        try:
            ends = await log_ends(self._connection, asked)
        except Unavailable:
            return 0
        if not consumer.joined:
            return 1
        return sum(max(0, ends[place] - at) for place, at in positions.items() if place in ends)
