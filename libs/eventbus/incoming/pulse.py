"""What tells a stuck consumer from an idle one: a batch that doesn't end, answers that don't come, a pause that stays.

An idle consumer asks Kafka again and again and is answered that there is nothing; one whose handler hangs, whose
client has stopped asking, or whose partition somebody paused, is silent as well, and only these signs differ.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.metrics import Metric, metrics

_NEVER = 0.0


class Pulse:
    """The signs of life of one consumer. Times are seconds of a clock that never goes back."""

    def __init__(self, group: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self._group = group
        self._now = now
        self._last_sign = self._assigned_at = now()
        self._batch_since: float | None = None
        self._paused: dict[TopicPartition, float] = {}
        self._newest_record: float = _NEVER
        self.joined = False

    def assigned(self) -> None:
        """The group has said which partitions are this consumer's, be it none; where it begins is still to be found."""
        self._last_sign = self._assigned_at = self._now()

    def placed(self) -> None:
        """It knows where it goes on: what is written from now on comes to a new group, too (E-7)."""
        self.joined = True

    @contextmanager
    def batch(self) -> Iterator[None]:
        """A batch is being worked on; that it ends is a sign of life, however it ends."""
        self._batch_since = self._now()
        try:
            yield
        finally:
            self._last_sign = self._now()
            metrics.observe(Metric.EVENT_HANDLING, self._last_sign - self._batch_since, group=self._group)
            self._batch_since = None

    def handled(self, timestamp_ms: int) -> None:
        """The newest record of a batch that counts now was written at that time of Kafka's."""
        self._newest_record = max(self._newest_record, timestamp_ms / 1000)

    def behind(self, *, lag: int) -> float:
        """Seconds from the writing of the newest record handled until now, while others wait behind it."""
        return max(0.0, time.time() - self._newest_record) if lag and self._newest_record else 0.0

    def quiet(self, client: AIOKafkaConsumer | None, partitions: Iterable[TopicPartition]) -> float:
        """For how many seconds nothing has moved that should: 0 and a little for an idle consumer as for a busy one."""
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
        """Seconds since Kafka last said anything of the partition of which it did so longest ago."""
        answers = [client.last_poll_timestamp(place) for place in partitions]
        longest = max((time.time() - (answer or 0) / 1000 for answer in answers), default=0.0)
        return min(longest, self._now() - self._assigned_at)

    def _paused_for(self, paused: set[TopicPartition], now: float) -> float:
        """Whoever stops a subscription says so; any other pause is nobody's wish."""
        self._paused = {place: self._paused.get(place, now) for place in paused}
        return now - min(self._paused.values(), default=now)
