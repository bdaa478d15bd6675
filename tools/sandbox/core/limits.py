"""A vendor's limit per endpoint (S-5: `SANDBOX_LIKE_STRIPE`)."""

from __future__ import annotations

from typing import Protocol


class Elapsing(Protocol):
    """A clock of which only differences mean something."""

    def elapsed(self) -> float:
        """Seconds."""


class EndpointLimits:
    """A token bucket per endpoint: `rate` a second, a burst of as many."""

    def __init__(self, clock: Elapsing, *, rate: float) -> None:
        self._clock = clock
        self._rate = rate
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, endpoint: str) -> bool:
        """False when the endpoint has no call left."""
        now = self._clock.elapsed()
        left, since = self._buckets.get(endpoint, (self._rate, now))
        left = min(self._rate, left + (now - since) * self._rate)
        allowed = left >= 1
        self._buckets[endpoint] = (left - 1 if allowed else left, now)
        return allowed
