"""Turns deliveries and moments into lines of a timeline. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from events import Channel
from notifier.alerts.domain import ALERT_ACKNOWLEDGED, ALERT_RESOLVED
from notifier.alerts.store import Moment
from notifier.channels.table import masked
from notifier.deliveries.domain import Delivery, Reason, State

_WHAT: Final[Mapping[State, str]] = {
    State.QUEUED: "waiting",
    State.SENDING: "sending",
    State.UNKNOWN: "unknown",
    State.SENT: "sent",
    State.DELIVERED: "delivered",
    State.FAILED: "failed",
    State.SUPPRESSED: "not_sent",
}
_WHY: Final[Mapping[str, str]] = {ALERT_ACKNOWLEDGED: "acknowledge", ALERT_RESOLVED: "resolve"}
_FIRST: Final = "first"
_OPENING: Final = "business_hours"
_EXPLANATIONS: Final[Mapping[str, str]] = {
    Reason.EXPIRED: "It waited past the time for which it was worth sending.",
    Reason.SUPPRESSED: "The recipient wants no messages on this channel.",
    Reason.SWITCHED_OFF: "Messages of this kind are switched off.",
    Reason.ACKNOWLEDGED: "Somebody had acknowledged the alert before it was sent.",
    Reason.RESOLVED: "The alert had ended before it was sent.",
    Reason.NOT_TOLD: "The recipient had never been told of the alert.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the timeline: a change of the alert, or a message about it and where it stands.

    at: when
    what: of the alert raised, acknowledged, resolved or answered; of a message waiting, sending, unknown, sent,
        delivered, failed or not_sent
    why: what the message tells: first, acknowledge or resolve
    kind: the message's kind
    channel: the message's way
    provider: the vendor that sends it
    to: the recipient, masked
    person: the recipient in the contact book
    by: who changed the alert
    way: how they did it
    reason: a word for why it was not sent, or not yet
    explanation: the same as a sentence for people
    attempts: how often it was tried
    next_attempt_at: when it is tried next
    delivery_id: the message's delivery
    """

    at: datetime
    what: str
    why: str | None = None
    kind: str | None = None
    channel: Channel | None = None
    provider: str | None = None
    to: str | None = None
    person: str | None = None
    by: str | None = None
    way: str | None = None
    reason: str | None = None
    explanation: str | None = None
    attempts: int | None = None
    next_attempt_at: datetime | None = None
    delivery_id: UUID | None = None


def message_line(delivery: Delivery, *, person: Callable[[Channel, str], str | None]) -> Line:
    """One message: where it is now, and since when."""
    reason, explanation = _reason(delivery)
    waits = delivery.state in {State.QUEUED, State.UNKNOWN}
    return Line(
        at=delivery.sent_at or delivery.settled_at or delivery.created_at,
        what=_WHAT[delivery.state],
        why=_WHY.get(delivery.kind, _FIRST),
        kind=delivery.kind,
        channel=delivery.channel,
        provider=delivery.provider,
        to=masked(delivery.channel, delivery.recipient),
        person=person(delivery.channel, delivery.recipient),
        reason=reason,
        explanation=explanation,
        attempts=delivery.attempts,
        next_attempt_at=delivery.next_attempt_at if waits else None,
        delivery_id=delivery.id,
    )


def _reason(delivery: Delivery) -> tuple[str | None, str | None]:
    """A word and a sentence for why it is where it is."""
    if delivery.state is State.SUPPRESSED:
        return delivery.reason, _EXPLANATIONS.get(delivery.reason or "", delivery.reason)
    untouched = delivery.state is State.QUEUED and delivery.attempts == 0 and delivery.reason is None
    if untouched and delivery.waits_for is not None:
        return delivery.waits_for, "It waits for word on the seats."
    if untouched and delivery.next_attempt_at > delivery.created_at:
        return _OPENING, "It waits for business hours."
    return delivery.error_code, delivery.reason


def moment_line(moment: Moment) -> Line:
    """Something that happened to the alert itself."""
    return Line(
        at=moment.occurred_at,
        what=moment.what,
        by=moment.actor or None,
        way=moment.way,
        explanation=moment.reason,
    )


def in_order(lines: Iterable[Line]) -> list[Line]:
    return sorted(lines, key=lambda line: line.at)
