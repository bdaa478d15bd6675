"""How long what is counted took. Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingTimes:
    """How long payments of a period took.

    count: how many there were
    total_ms: all their times together
    p95_ms: what 95 % of them took at most; None when there was none
    """

    count: int
    total_ms: int
    p95_ms: int | None

    @property
    def average_ms(self) -> float:
        return self.total_ms / self.count if self.count else 0.0
