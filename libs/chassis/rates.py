"""Rate limits: so many a minute for each key, counted in this process (X-5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock

MINUTE: Final = timedelta(minutes=1)
# So many keys are remembered; of more the older half is forgotten, so that a flood from everywhere costs no memory.
MOST_KEYS: Final = 20_000


def wait_between(
    asked: Sequence[datetime], now: datetime, *, every: timedelta, most: int, within: timedelta
) -> timedelta:
    """How long until one may ask again: `every` after the last time, `most` times `within` a span; none when now.

    `asked`: when it was asked before, oldest first.
    """
    lately = [at for at in asked if at > now - within]
    free = [now, *(at + every for at in lately[-1:])]
    free += [lately[-most] + within] if len(lately) >= most else []
    return max(free) - now


@dataclass(slots=True)
class _Count:
    """What a key has taken in this window and in the one before."""

    window: int
    now: int = 0
    before: int = 0

    def moved(self, window: int) -> None:
        if window > self.window:
            self.before = self.now if window == self.window + 1 else 0
            self.now, self.window = 0, window


class RateLimit:
    """Lets each key pass `limit` times in any span of `per`, the window before counted by the part that it overlaps."""

    def __init__(self, limit: int, *, clock: Clock, per: timedelta = MINUTE) -> None:
        self._limit = limit
        self._per = per.total_seconds()
        self._clock = clock
        self._counts: dict[str, _Count] = {}

    def take(self, key: str) -> timedelta | None:
        """None when the key may pass, which is counted; else how long it must wait, and nothing is counted."""
        window, part = divmod(self._clock.monotonic() / self._per, 1)
        count = self._count(key, int(window))
        if count.before * (1 - part) + count.now + 1 <= self._limit:
            count.now += 1
            return None
        return timedelta(seconds=self._per * (self._free_at(count) - part))

    def _count(self, key: str, window: int) -> _Count:
        count = self._counts.get(key)
        if count is None:
            if len(self._counts) >= MOST_KEYS:
                self._counts = dict(list(self._counts.items())[MOST_KEYS // 2 :])
            count = self._counts[key] = _Count(window)
        count.moved(window)
        return count

    def _free_at(self, count: _Count) -> float:
        """At which part of this window, or of the next one (above 1), the key may pass again."""
        left = self._limit - count.now - 1
        if left >= 0:
            return 1 - left / count.before
        return 1 + max(0.0, 1 - (self._limit - 1) / count.now)
