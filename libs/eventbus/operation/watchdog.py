"""A consumer that is stuck ends its process, and the supervisor starts a fresh one.

Stuck is: records wait in the log, nobody has stopped the subscription, and for a minute nothing has moved
(eventbus.incoming.pulse). That records wait, Kafka itself says through a client made for the question: so an outage of
Kafka is never taken for a stuck consumer, nor is a topic on which nothing happens. What looks stuck must look so for a
while more before anything is done: after an outage the consumers need a moment to find back.
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
    """Looks at each group's consumer; `give_up` is called once, when one is stuck.

    `patience`: how long nothing may move while records wait; a third of it more is the time to make sure.
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
        return timedelta(seconds=self._patience / 6)

    async def look(self) -> None:
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
        """Records that wait for it, by Kafka's own word; 0 while Kafka gives none.

        One that has never been told its partitions is as good as behind: it is asked for no records at all.
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
