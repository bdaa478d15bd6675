"""The share of failures among what happened lately."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final

WINDOW_SECONDS: Final = 60
_STEP: Final = 5


@dataclass(slots=True)
class _Step:
    """What happened within some seconds."""

    number: int
    all: int = 0
    failed: int = 0


class RecentShare:
    """Counts what happens, in steps of a few seconds; what is older than the window counts no more."""

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._steps: deque[_Step] = deque()

    def add(self, *, failed: bool) -> None:
        """Something happened, and failed or not."""
        number = self._forget()
        if not self._steps or self._steps[-1].number != number:
            self._steps.append(_Step(number))
        self._steps[-1].all += 1
        self._steps[-1].failed += failed

    def value(self) -> float:
        """From 0 to 1; when nothing happened, nothing has failed."""
        self._forget()
        happened = sum(step.all for step in self._steps)
        return sum(step.failed for step in self._steps) / happened if happened else 0.0

    def _forget(self) -> int:
        number = int(self._now() // _STEP)
        while self._steps and self._steps[0].number <= number - WINDOW_SECONDS // _STEP:
            self._steps.popleft()
        return number
