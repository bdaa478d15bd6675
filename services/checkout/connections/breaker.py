"""Decides whether a connection is tried at all while its processor fails (P-3): one breaker each. Pure.

closed: payments go there; failures in a row, close to each other, open it
open: none do until its pause is over, which doubles each time
half open: one payment tries; another one may, when nothing is heard of it
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chassis.backoff import doubled

_FAILURES: Final = 3
# Failures further apart have nothing to do with each other.
_TOGETHER: Final = timedelta(minutes=10)
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(minutes=15)
# Longer than a call takes.
_TRIAL: Final = timedelta(minutes=1)


class BreakerState(StrEnum):
    """Whether payments go there."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionBreaker:
    """The breaker of a connection.

    state: what was last decided; `state_at` says what that comes to
    failures: in a row, close to each other
    openings: since it was last closed
    failed_at: when the last failure was
    retry_at: when somebody may try again
    """

    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    openings: int = 0
    failed_at: datetime | None = None
    retry_at: datetime | None = None

    def state_at(self, now: datetime) -> BreakerState:
        """An open one is half open once its pause is over."""
        over = self.retry_at is not None and self.retry_at <= now
        return BreakerState.HALF_OPEN if self.state is BreakerState.OPEN and over else self.state

    def admits(self, now: datetime) -> bool:
        """Whether a payment may go there."""
        return self.state is BreakerState.CLOSED or (self.retry_at is not None and self.retry_at <= now)

    def tried(self, now: datetime) -> ConnectionBreaker:
        """A payment tries it; another one may, when nothing is heard of that."""
        return replace(self, state=BreakerState.HALF_OPEN, retry_at=now + _TRIAL)

    def failed(self, now: datetime) -> ConnectionBreaker:
        """The processor has failed, or did not answer. What was under way when it opened says nothing new."""
        if self.state_at(now) is BreakerState.OPEN:
            return self
        together = self.failed_at is not None and now - self.failed_at <= _TOGETHER
        counted = replace(self, failures=self.failures + 1 if together else 1, failed_at=now)
        if self.state is BreakerState.CLOSED and counted.failures < _FAILURES:
            return counted
        pause = doubled(_FIRST_PAUSE, self.openings, longest=_LONGEST_PAUSE)
        return replace(counted, state=BreakerState.OPEN, openings=self.openings + 1, retry_at=now + pause)
