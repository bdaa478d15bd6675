"""Decides what the outcome of a call makes of a delivery. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from events import Channel
from notifier.channels.domain import (
    Accepted,
    CannotTell,
    FindOutcome,
    Lost,
    NotThere,
    Outcome,
    Postponed,
    Progress,
    Refused,
    Verdict,
    Withdrawn,
)
from notifier.channels.table import spec_of
from notifier.deliveries import domain
from notifier.deliveries.breaker import LateNews
from notifier.deliveries.domain import Delivery, Reason, State
from notifier.deliveries.timing import DeliveryTimes, RetryPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a provider told of a delivery.

    delivery_id: the delivery
    provider_id: what the provider calls it
    status: how far it is, in the provider's word
    error_code: the provider's own, for one that failed
    """

    delivery_id: UUID
    provider_id: str | None
    status: str
    error_code: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """Decides what outcomes make of deliveries; configuration is asked each time, since it may be reloaded.

    retries: how often a channel tries
    receipt_after: after how long a provider is asked for a receipt; None for a channel without any
    times: leases and pauses
    rng: for jitter
    """

    retries: Callable[[Channel], RetryPolicy]
    receipt_after: Callable[[Channel], timedelta | None]
    times: DeliveryTimes
    rng: Random

    def settled(self, delivery: Delivery, outcome: Outcome, *, now: datetime, open_now: bool) -> Delivery:
        if isinstance(outcome, Accepted):
            return self._taken(delivery, outcome, now=now)
        if delivery.state is not State.SENDING:
            return delivery  # found dead by its lease meanwhile, and asked about
        if isinstance(outcome, Postponed):
            return domain.postponed(delivery, outcome, now=now)
        if isinstance(outcome, Withdrawn):
            return domain.suppressed(delivery, Reason(outcome.reason), now=now)
        if isinstance(outcome, Lost):
            return domain.lost(delivery, outcome, now=now, times=self.times, waiting=open_now)
        jitter = self.rng.random()
        policy = self.retries(delivery.channel)
        return domain.refused(delivery, outcome, now=now, policy=policy, jitter=jitter, waiting=open_now)

    def asked(self, delivery: Delivery, outcome: FindOutcome, *, now: datetime) -> Delivery:
        policy = self.retries(delivery.channel)
        if isinstance(outcome, Accepted):
            return self._taken(delivery, outcome, now=now)
        if isinstance(outcome, NotThere):
            return domain.missing(delivery, now=now, policy=policy)
        cannot = isinstance(outcome, CannotTell) or (
            isinstance(outcome, Refused) and outcome.verdict is Verdict.PERMANENT
        )
        if cannot:
            return domain.undecided(delivery, now=now, policy=policy)
        return domain.ask_later(delivery, now=now, times=self.times)

    def polled(self, delivery: Delivery, outcome: FindOutcome, *, now: datetime) -> Delivery:
        """A `sent` one without a receipt, after the provider was asked."""
        after = domain.poll_later(delivery, now=now, times=self.times)
        if isinstance(outcome, Accepted):
            return _progressed(_with_cost(after, outcome), outcome.status, outcome.error_code, now=now)
        return after

    def told(
        self, delivery: Delivery, *, provider_id: str | None, status: str, error_code: str | None, now: datetime
    ) -> Delivery:
        """What a receipt says. One that is still being sent is left alone: its own outcome comes first."""
        if delivery.state is State.SENDING or _of_another_message(delivery, provider_id):
            return delivery
        known = replace(delivery, provider_id=delivery.provider_id or provider_id)
        return _progressed(self._found(known, now=now), status, error_code, now=now)

    def _taken(self, delivery: Delivery, outcome: Accepted, *, now: datetime) -> Delivery:
        taken = domain.accepted(delivery, outcome, now=now, poll_after=self.receipt_after(delivery.channel))
        return _progressed(taken, outcome.status, outcome.error_code, now=now)

    def _found(self, delivery: Delivery, *, now: datetime) -> Delivery:
        """A receipt for an `unknown` one proves that the provider took it."""
        if delivery.state is not State.UNKNOWN:
            return delivery
        outcome = Accepted(provider_id=delivery.provider_id or "", response_ms=delivery.response_ms or 0)
        return domain.accepted(delivery, outcome, now=now, poll_after=self.receipt_after(delivery.channel))


def _progressed(delivery: Delivery, status: str, code: str | None, *, now: datetime) -> Delivery:
    vendor = spec_of(delivery.channel).vendor
    step = vendor.progress_of(status)
    if step is Progress.DELIVERED:
        return domain.arrived(delivery, now=now)
    if step is not Progress.FAILED:
        return delivery
    if (trouble := vendor.trouble(code)) is not None:
        return domain.handed_back(delivery, code=code or status, reason=trouble, now=now)
    return domain.bounced(delivery, code=code or status, reason=vendor.late_failure(code).reason, now=now)


def told(channel: Channel, receipts: Sequence[Receipt], known: Mapping[UUID, Delivery]) -> list[LateNews]:
    """What receipts say of the channel's provider; those that come again later say it then."""
    return [
        _late_news(delivery, receipt.status, receipt.error_code)
        for receipt in receipts
        if (delivery := known.get(receipt.delivery_id)) is not None
        and delivery.channel is channel
        and delivery.state is not State.SENDING
    ]


def answered(outcomes: Sequence[tuple[UUID, FindOutcome]], known: Mapping[UUID, Delivery]) -> list[LateNews]:
    """What the answers to our questions say of the provider."""
    return [
        _late_news(known[each], outcome.status, outcome.error_code)
        for each, outcome in outcomes
        if each in known and isinstance(outcome, Accepted)
    ]


def _late_news(delivery: Delivery, status: str, code: str | None) -> LateNews:
    vendor = spec_of(delivery.channel).vendor
    progress = vendor.progress_of(status)
    trouble = vendor.trouble(code) if progress is Progress.FAILED else None
    return LateNews(sent_at=delivery.sent_at, progress=progress, trouble=trouble)


def _of_another_message(delivery: Delivery, provider_id: str | None) -> bool:
    """An earlier message of the same delivery, which was sent again since: no more news of it counts."""
    return bool(delivery.provider_id and provider_id) and delivery.provider_id != provider_id


def _with_cost(delivery: Delivery, outcome: Accepted) -> Delivery:
    return replace(
        delivery,
        cost=outcome.cost if outcome.cost is not None else delivery.cost,
        cost_currency=outcome.cost_currency or delivery.cost_currency,
        segments=outcome.segments or delivery.segments,
    )
