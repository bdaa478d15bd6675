"""The states of a delivery and every way from one to another (N-3, N-4).

    queued ──> sending ──> sent ──> delivered
      ^  │       │  │        └────> failed · queued (failed for our account's sake)
      │  │       │  └─> unknown ──> sent · failed · queued (the provider hasn't got it)
      │  │       ├────> failed
      └──┼───────┘ (an error that can pass, or the breaker opened)
         └─────> suppressed

A receipt may settle an `unknown` one at once. What has ended stays ended, but for a bounce after the delivery.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from events import Channel
from notifier.channels.domain import Accepted, Lost, Postponed, Refused, Verdict
from notifier.channels.table import spec_of
from notifier.deliveries.timing import DeliveryTimes, RetryPolicy


class State(StrEnum):
    """How far a delivery is; the picture above has the ways between states."""

    QUEUED = "queued"
    SENDING = "sending"
    UNKNOWN = "unknown"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    SUPPRESSED = "suppressed"


class Reason(StrEnum):
    """Why something was not sent (N-14)."""

    EXPIRED = "expired"
    SUPPRESSED = "suppressed_recipient"
    SWITCHED_OFF = "switched_off"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"
    NOT_TOLD = "never_told"


ALLOWED: Final[Mapping[State, frozenset[State]]] = MappingProxyType(
    {
        State.QUEUED: frozenset({State.SENDING, State.SENT, State.SUPPRESSED}),
        State.SENDING: frozenset({State.QUEUED, State.UNKNOWN, State.SENT, State.FAILED, State.SUPPRESSED}),
        State.UNKNOWN: frozenset({State.QUEUED, State.SENT, State.DELIVERED, State.FAILED}),
        State.SENT: frozenset({State.QUEUED, State.DELIVERED, State.FAILED}),
        State.DELIVERED: frozenset({State.FAILED}),
        State.FAILED: frozenset(),
        State.SUPPRESSED: frozenset(),
    }
)


class ForbiddenMoveError(RuntimeError):
    """A mistake of ours: the table has no such way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one recipient.

    id: made from what gave cause, so that a restored database makes the same
    notification_id: what is said; one notification may have several deliveries
    order_id: the order that it is about
    alert_id: the alert that it is about
    alert_fingerprint: what tells that alert from others
    kind: what is said: sale, confirmation, alert …
    channel: the way to the recipient
    recipient: a number, an address, or the place where alerts go
    state: how far it is
    version: grows with every change of state
    lane: the lower goes first
    critical: sent again when nobody can tell whether it arrived
    next_attempt_at: when it is tried, or asked about, next
    created_at: when it was queued
    attempts: how often the provider was asked to send it, where that counts
    deaths: how often its process ended while sending it
    expires_at: until when it is worth sending; None for ever
    waits_for: what must happen before it is sent
    lease_until: from then on the process that is sending it counts as dead
    poll_at: when the provider is asked for a receipt that has not come
    polls: how often it was asked
    provider_id: what the provider calls it
    segments: of how many SMS it consists
    cost: what the provider takes, in major units of `cost_currency`
    cost_currency: ISO code
    response_ms: how long the provider took to respond
    error_code: the provider's own code, or ours
    reason: a sentence or a word for why it is where it is
    possible_duplicates: how often it was sent again without knowing whether it had arrived
    traceparent: the trace that gave cause
    sent_at: when the provider took it
    settled_at: when it had ended
    """

    id: UUID
    notification_id: UUID
    order_id: UUID | None
    alert_id: UUID | None = None
    alert_fingerprint: str | None = None
    kind: str
    channel: Channel
    recipient: str
    state: State
    version: int
    lane: int
    critical: bool
    next_attempt_at: datetime
    created_at: datetime
    attempts: int = 0
    deaths: int = 0
    expires_at: datetime | None = None
    waits_for: str | None = None
    lease_until: datetime | None = None
    poll_at: datetime | None = None
    polls: int = 0
    provider_id: str | None = None
    segments: int | None = None
    cost: Decimal | None = None
    cost_currency: str | None = None
    response_ms: int | None = None
    error_code: str | None = None
    reason: str | None = None
    possible_duplicates: int = 0
    traceparent: str | None = None
    sent_at: datetime | None = None
    settled_at: datetime | None = None

    @property
    def provider(self) -> str:
        """The word for the vendor who takes it."""
        return spec_of(self.channel).vendor.name

    @property
    def ended(self) -> bool:
        return self.state in {State.DELIVERED, State.FAILED, State.SUPPRESSED}

    def to(self, state: State, **changes: object) -> Delivery:
        """The delivery in its next state, one version on; raises for a way that the table doesn't have."""
        if state not in ALLOWED[self.state]:
            raise ForbiddenMoveError(f"{self.state} → {state}")
        return replace(self, state=state, version=self.version + 1, lease_until=None, **changes)  # type: ignore[arg-type]


def claim(delivery: Delivery, *, now: datetime, times: DeliveryTimes) -> Delivery:
    """Taken by a worker, which has the lease's time to come back with an outcome."""
    claimed = delivery.to(State.SENDING, attempts=delivery.attempts + 1)
    return replace(claimed, lease_until=now + times.lease)


def accepted(delivery: Delivery, outcome: Accepted, *, now: datetime, poll_after: timedelta | None) -> Delivery:
    """The provider has it. A receipt may have been faster: then only what it didn't know is filled in.

    `poll_after`: when to ask if no receipt has come; None where there are no receipts.
    """
    facts: dict[str, object] = {
        "attempts": max(delivery.attempts, 1),
        "provider_id": outcome.provider_id,
        "response_ms": outcome.response_ms,
        "segments": outcome.segments or delivery.segments,
        "cost": outcome.cost,
        "cost_currency": outcome.cost_currency,
    }
    if State.SENT not in ALLOWED[delivery.state]:
        return replace(delivery, **facts)  # type: ignore[arg-type]
    poll_at = now + poll_after if poll_after is not None else None
    return delivery.to(State.SENT, sent_at=now, poll_at=poll_at, error_code=None, reason=None, **facts)


def refused(
    delivery: Delivery, outcome: Refused, *, now: datetime, policy: RetryPolicy, jitter: float, waiting: bool
) -> Delivery:
    """The provider hasn't got it. `waiting`: the breaker is open, so the attempt doesn't count (N-9)."""
    facts = {"error_code": outcome.code, "reason": outcome.reason, "response_ms": outcome.response_ms}
    if outcome.verdict is Verdict.PERMANENT:
        return delivery.to(State.FAILED, settled_at=now, **facts)
    if waiting or outcome.verdict is Verdict.ACCOUNT:
        return delivery.to(State.QUEUED, attempts=delivery.attempts - 1, next_attempt_at=now, **facts)
    if delivery.attempts >= policy.attempts:
        return delivery.to(State.FAILED, settled_at=now, **facts)
    wait = policy.wait(delivery.attempts, jitter=jitter, retry_after=outcome.retry_after)
    return delivery.to(State.QUEUED, next_attempt_at=now + wait, **facts)


def lost(delivery: Delivery, outcome: Lost, *, now: datetime, times: DeliveryTimes, waiting: bool) -> Delivery:
    """No response came: the provider is asked before anything is sent again. `waiting` as for `refused`."""
    attempts = delivery.attempts - int(waiting)
    facts = {"error_code": None, "reason": outcome.reason, "response_ms": outcome.response_ms}
    return delivery.to(State.UNKNOWN, attempts=attempts, next_attempt_at=now + times.ask_after, **facts)


def postponed(delivery: Delivery, outcome: Postponed, *, now: datetime) -> Delivery:
    """It could not be made ready on our side, which is no attempt."""
    return delivery.to(
        State.QUEUED, attempts=delivery.attempts - 1, next_attempt_at=now + outcome.wait, reason=outcome.reason
    )


def abandoned(delivery: Delivery, *, now: datetime) -> Delivery:
    """Its worker died in between; nobody knows how far it came. That is nobody's refusal, so it is no attempt."""
    return delivery.to(
        State.UNKNOWN,
        attempts=delivery.attempts - 1,
        deaths=delivery.deaths + 1,
        next_attempt_at=now,
        reason="The sending process ended before it knew.",
    )


def ask_later(delivery: Delivery, *, now: datetime, times: DeliveryTimes) -> Delivery:
    """The provider doesn't answer the question either: ask again, until it makes no sense any more."""
    if now < (delivery.expires_at or delivery.created_at + times.give_up_asking):
        return replace(delivery, next_attempt_at=now + times.ask_again)
    return _never_known(delivery, now=now)


def missing(delivery: Delivery, *, now: datetime, policy: RetryPolicy) -> Delivery:
    """The provider was asked and hasn't got it: it may be sent again, if attempts (and deaths) are left."""
    if delivery.deaths >= policy.deaths:
        reason = f"The process that was sending it ended {delivery.deaths} times; it was never sent."
        return delivery.to(State.FAILED, settled_at=now, error_code="process_died", reason=reason)
    if delivery.attempts >= policy.attempts:
        return delivery.to(State.FAILED, settled_at=now, error_code="no_answer", reason="The provider never took it.")
    return delivery.to(State.QUEUED, next_attempt_at=now + policy.rest(delivery.deaths))


def undecided(delivery: Delivery, *, now: datetime, policy: RetryPolicy) -> Delivery:
    """Nobody can tell. A critical one is sent again and counted as a possible duplicate, any other one ends (N-3)."""
    if delivery.critical and delivery.attempts < policy.attempts and delivery.deaths < policy.deaths:
        again = now + policy.rest(delivery.deaths)
        return delivery.to(State.QUEUED, next_attempt_at=again, possible_duplicates=delivery.possible_duplicates + 1)
    return _never_known(delivery, now=now)


def _never_known(delivery: Delivery, *, now: datetime) -> Delivery:
    reason = "It can't be found out whether the provider took it."
    return delivery.to(State.FAILED, settled_at=now, error_code="outcome_unknown", reason=reason)


def suppressed(delivery: Delivery, reason: Reason, *, now: datetime) -> Delivery:
    """Not sent, and why."""
    return delivery.to(State.SUPPRESSED, settled_at=now, reason=reason.value)


def poll_later(delivery: Delivery, *, now: datetime, times: DeliveryTimes) -> Delivery:
    """Still no receipt: ask again after longer and longer, then leave it at `sent`."""
    if delivery.state is not State.SENT:
        return delivery
    waits = times.poll_again
    poll_at = now + waits[delivery.polls] if delivery.polls < len(waits) else None
    return replace(delivery, poll_at=poll_at, polls=delivery.polls + 1)


def arrived(delivery: Delivery, *, now: datetime) -> Delivery:
    """The provider says that the recipient has it. Older news than what we know changes nothing."""
    if State.DELIVERED not in ALLOWED[delivery.state]:
        return delivery
    sent_at = delivery.sent_at or now
    return delivery.to(State.DELIVERED, sent_at=sent_at, settled_at=now, poll_at=None, error_code=None, reason=None)


def bounced(delivery: Delivery, *, code: str, reason: str, now: datetime) -> Delivery:
    """The provider took it and could not deliver it; also after it said that it had (a late bounce)."""
    if delivery.state not in {State.UNKNOWN, State.SENT, State.DELIVERED}:
        return delivery
    return delivery.to(State.FAILED, settled_at=now, poll_at=None, error_code=code, reason=reason)


def handed_back(delivery: Delivery, *, code: str, reason: str, now: datetime) -> Delivery:
    """The provider took it and failed it for our account's sake: no attempt, and it waits for the breaker (N-9)."""
    if delivery.state not in {State.UNKNOWN, State.SENT}:
        return delivery
    return delivery.to(
        State.QUEUED,
        attempts=max(delivery.attempts - 1, 0),
        next_attempt_at=now,
        provider_id=None,
        sent_at=None,
        poll_at=None,
        polls=0,
        error_code=code,
        reason=reason,
    )
