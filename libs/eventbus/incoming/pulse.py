"""Tells a stuck consumer from an idle one by three signs: a batch without an end, missing answers, a lasting pause.

An idle consumer polls, and Kafka answers that there is nothing. A consumer whose handler hangs, whose client has
stopped polling, or whose partition is paused by mistake is as silent as an idle one in all other respects.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.metrics import Metric, metrics

_NEVER = 0.0


class Pulse:
    """The signs of life of one consumer; times are seconds of a monotonic clock."""

    def __init__(self, group: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self._group = group
        self._now = now
        self._last_sign = self._assigned_at = now()
        self._batch_since: float | None = None
        self._paused: dict[TopicPartition, float] = {}
        self._newest_record: float = _NEVER
        self.joined = False

    def assigned(self) -> None:
        """Notes that the group has assigned partitions, maybe none; their positions are still unknown."""
        self._last_sign = self._assigned_at = self._now()

    def placed(self) -> None:
        """Notes that the positions are known: from now on a new group gets what is written, too (E-7)."""
        self.joined = True

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Surrounds the work on a batch; its end, however it ends, is a sign of life."""
        self._batch_since = self._now()
        try:
            yield
        finally:
            self._last_sign = self._now()
            metrics.observe(Metric.EVENT_HANDLING, self._last_sign - self._batch_since, group=self._group)
            self._batch_since = None

    def handled(self, timestamp_ms: int) -> None:
        """Notes the timestamp (Kafka's, in milliseconds) of the newest record of a committed batch."""
        self._newest_record = max(self._newest_record, timestamp_ms / 1000)

    def behind(self, *, lag: int) -> float:
        """Seconds since the newest handled record was written, while records wait (`lag`); else 0."""
        return max(0.0, time.time() - self._newest_record) if lag and self._newest_record else 0.0

    def quiet(self, client: AIOKafkaConsumer | None, partitions: Iterable[TopicPartition]) -> float:
        """Seconds without progress that should have happened; near 0 for an idle consumer as for a busy one."""
        now = self._now()
        owned = set(partitions) & client.assignment() if client else set()
        if client is None or not self.joined:
            moved = now - self._last_sign
        elif self._batch_since is not None:
            moved = now - self._batch_since
        else:
            moved = min(now - self._last_sign, self.unanswered(client, owned))
        return max(moved, self._paused_for(client.paused() & owned if client else set(), now))

    def unanswered(self, client: AIOKafkaConsumer, partitions: Iterable[TopicPartition]) -> float:
        """Seconds since Kafka last answered a fetch, for the partition with the oldest answer."""
        answers = [client.last_poll_timestamp(place) for place in partitions]
        longest = max((time.time() - (answer or 0) / 1000 for answer in answers), default=0.0)
        return min(longest, self._now() - self._assigned_at)

    def _paused_for(self, paused: set[TopicPartition], now: float) -> float:
        """The longest pause of a partition. Only a stop may pause one, and a stopped group isn't judged."""
        self._paused = {place: self._paused.get(place, now) for place in paused}
        return now - min(self._paused.values(), default=now)
