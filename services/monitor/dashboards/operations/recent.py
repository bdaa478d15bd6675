"""Remembers counters for a while, so that a board shows the last minutes and not everything since a process began."""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import Final

from monitor.dashboards.operations.endpoints import Counters, instance_of, risen

# The window of the rules on response times.
WINDOW: Final = timedelta(minutes=5)


class Recent:
    """What counters rose by in the last five minutes, or since the first look where that is later."""

    def __init__(self) -> None:
        self._looks: deque[tuple[float, dict[str, float]]] = deque()

    def take(self, now: float, counted: Counters) -> None:
        """A look at all counters; those of a process that did not answer stay as they were."""
        last = self._looks[-1][1] if self._looks else {}
        self._begin_new(last, counted)
        self._looks.append((now, {**last, **counted}))
        while len(self._looks) > 1 and now - self._looks[1][0] >= WINDOW.total_seconds():
            self._looks.popleft()

    def risen(self) -> Counters:
        """What they rose by."""
        return risen(self._looks[0][1], self._looks[-1][1]) if self._looks else {}

    def _begin_new(self, last: Counters, counted: Counters) -> None:
        """A process that was not seen before may have counted for days: it counts from now on."""
        known = {instance_of(series) for series in last}
        first = {series: value for series, value in counted.items() if instance_of(series) not in known}
        for _, look in self._looks:
            look.update(first)
