"""Decides whether a channel is tried at all (N-9): one breaker a channel, shared by all processes and restarts."""

# closed ── repeated failures, or account trouble at once ──> open ── its pause is over ──> half open (one probe)
#   ^                                                          ^──────── the probe fails ───────┘   │
#   └─────────────────────────────── the probe is taken ────────────────────────────────────────────┘

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chassis.backoff import doubled
from events import Channel
from notifier.channels.domain import Accepted, Lost, Progress, Refused, SendOutcome, Verdict


class BreakerState(StrEnum):
    """Whether messages go out."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakerPolicy:
    """When a breaker opens, and how long it stays so.

    failures: so many in a row open it: as many as one delivery has attempts, so that an outage never uses one up
    first_pause: before the first probe; the pause doubles with each failed probe
    longest_pause: between probes
    probe_lease: after it another probe may go out, since the process of the last one may have died
    """

    failures: int = 3
    first_pause: timedelta = timedelta(seconds=2)
    longest_pause: timedelta = timedelta(minutes=1)
    probe_lease: timedelta = timedelta(seconds=20)

    def pause(self, openings: int) -> timedelta:
        return doubled(self.first_pause, openings - 1, longest=self.longest_pause)


@dataclass(frozen=True, slots=True, kw_only=True)
class LateNews:
    """What the provider says of a message that it had taken.

    sent_at: when it took the message; None where that is not known
    progress: how far the message is
    trouble: what is wrong with our account, as a sentence; None when nothing is
    """

    sent_at: datetime | None
    progress: Progress
    trouble: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaker:
    """The breaker of a channel as it stands.

    channel: the way that it opens and closes
    state: closed lets messages through
    failures: in a row
    openings: since it was last closed
    reason: what opened it, as a sentence
    retry_at: when a probe may go out
    doubted_since: since then the provider takes messages and then fails them for our account's sake, so that only what
        became of a later one closes it; None where being taken is enough
    """

    channel: Channel
    state: BreakerState = BreakerState.CLOSED
    failures: int = 0
    openings: int = 0
    reason: str | None = None
    retry_at: datetime | None = None
    doubted_since: datetime | None = None

    @property
    def closed(self) -> bool:
        return self.state is BreakerState.CLOSED

    def slots(self, free: int, *, now: datetime) -> int:
        """How many deliveries may be claimed: all that there is room for, one probe, or none."""
        if self.closed:
            return free
        return min(1, free) if self.retry_at is None or self.retry_at <= now else 0

    def probing(self, *, now: datetime, policy: BreakerPolicy) -> Breaker:
        """A probe is out. When its process dies, another may try after the lease."""
        return replace(self, state=BreakerState.HALF_OPEN, retry_at=now + policy.probe_lease)

    def unprobed(self, *, now: datetime) -> Breaker:
        """The probe never went out (its message could not be written): another may, at once."""
        return replace(self, retry_at=now) if self.state is BreakerState.HALF_OPEN else self

    def after(self, outcomes: Sequence[SendOutcome], *, now: datetime, policy: BreakerPolicy) -> Breaker:
        """The breaker after the outcomes of a batch of calls, in their order."""
        breaker = self
        for outcome in outcomes:
            breaker = breaker._after(outcome, now=now, policy=policy)
        return breaker

    def _after(self, outcome: SendOutcome, *, now: datetime, policy: BreakerPolicy) -> Breaker:
        if isinstance(outcome, Accepted) or _recipients_own(outcome):
            waits = self.state is BreakerState.OPEN or self.doubted_since is not None
            return self if waits else Breaker(channel=self.channel)
        if self.state is BreakerState.OPEN:
            return self
        account = isinstance(outcome, Refused) and outcome.verdict is Verdict.ACCOUNT
        failures = self.failures + 1
        if self.closed and not account and failures < policy.failures:
            return replace(self, failures=failures)
        return self._opened(outcome.reason, failures=failures, now=now, policy=policy)

    def heard(self, news: Sequence[LateNews], *, now: datetime, policy: BreakerPolicy) -> Breaker:
        """The breaker after what the provider said of messages later, in the order in which it came."""
        breaker = self
        for each in news:
            breaker = breaker._heard(each, now=now, policy=policy)
        return breaker

    def _heard(self, news: LateNews, *, now: datetime, policy: BreakerPolicy) -> Breaker:
        if news.trouble is not None:
            opened = self._opened(news.trouble, failures=self.failures + 1, now=now, policy=policy)
            known = self if self.state is BreakerState.OPEN else opened
            return replace(known, doubted_since=self.doubted_since or now)
        if self.doubted_since is None or self.state is not BreakerState.HALF_OPEN:
            return self
        moved = news.progress is not Progress.UNDER_WAY
        later = news.sent_at is not None and news.sent_at >= self.doubted_since
        return Breaker(channel=self.channel) if moved and later else self

    def _opened(self, reason: str, *, failures: int, now: datetime, policy: BreakerPolicy) -> Breaker:
        openings = self.openings + 1
        return replace(
            self,
            state=BreakerState.OPEN,
            failures=failures,
            openings=openings,
            reason=reason,
            retry_at=now + policy.pause(openings),
        )


def _recipients_own(outcome: Refused | Lost) -> bool:
    """An invalid number says nothing against the provider."""
    return isinstance(outcome, Refused) and outcome.verdict is Verdict.PERMANENT
