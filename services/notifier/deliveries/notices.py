"""Makes notifications and deliveries of what is to be said to whom. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from chassis.ids import derived_uuid7, time_of, uuid7
from events import Channel
from notifier.deliveries.domain import Delivery, Reason, State, suppressed
from notifier.deliveries.store import NotificationRow

_READ_ON: Final = timedelta(seconds=5)  # so long may it take to read what has become of a thing since


@dataclass(frozen=True, slots=True, kw_only=True)
class KindPolicy:
    """What configuration says of a kind of message.

    kind: its word
    enabled: whether any is sent
    lane: the lower goes first
    time_to_live: how long it is worth sending; None for ever
    critical: sent again when nobody can tell whether it arrived
    """

    kind: str
    enabled: bool
    lane: int
    time_to_live: timedelta | None
    critical: bool


@dataclass(frozen=True, slots=True)
class AboutAlert:
    """The alert that a message is about.

    alert_id: its id
    fingerprint: what tells it from others
    """

    alert_id: UUID
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to say to some recipients on one channel.

    policy: what configuration says of its kind
    channel: the way to the recipients
    recipients: numbers, addresses, or the place where alerts go
    content: what its texts are made from
    order_id: the order that it is about
    occasion: tells what may be said of one order several times, such as its refunds, or of none
    alert: the alert that it is about
    waits_for: what must happen before it is sent
    since: when what it tells of happened; its time to live begins then
    not_before: delays it; its time to live begins then
    dropped: why it is on record only, as not sent
    cause: the id of the event that it follows from
    traceparent: the trace that gave cause
    """

    policy: KindPolicy
    channel: Channel
    recipients: tuple[str, ...]
    content: Mapping[str, Any]
    order_id: UUID | None = None
    occasion: str = ""
    alert: AboutAlert | None = None
    waits_for: str | None = None
    since: datetime | None = None
    not_before: datetime | None = None
    dropped: Reason | None = None
    cause: UUID | None = None
    traceparent: str | None = None

    def id(self, *words: str) -> UUID:
        """The same for the same cause each time, so that a restored database asks for what it may have sent."""
        return derived_uuid7(self.cause, self.policy.kind, self.about, *words) if self.cause else uuid7()

    @property
    def about(self) -> str:
        """The same for all repeats of what it says."""
        if self.alert:
            return f"{self.alert.alert_id}:{self.channel.value}"
        return ":".join(str(word) for word in (self.order_id, self.occasion) if word)


def notification_row(notification_id: UUID, notice: Notice) -> NotificationRow:
    return NotificationRow(
        id=notification_id,
        kind=notice.policy.kind,
        about=notice.about,
        order_id=notice.order_id,
        alert_id=notice.alert.alert_id if notice.alert else None,
        content=dict(notice.content),
        traceparent=notice.traceparent,
    )


def delivery_of(
    notification_id: UUID, notice: Notice, recipient: str, *, now: datetime, restored_at: datetime | None = None
) -> Delivery:
    """Queued, or suppressed at once; or `unknown`, when it follows from what was said before the database was restored
    from a backup: it may have been sent (E-4).
    """
    policy, alert = notice.policy, notice.alert
    begins = notice.not_before or min(notice.since or now, now)
    delivery = Delivery(
        id=notice.id(notice.channel, recipient),
        notification_id=notification_id,
        order_id=notice.order_id,
        alert_id=alert.alert_id if alert else None,
        alert_fingerprint=alert.fingerprint if alert else None,
        kind=policy.kind,
        channel=notice.channel,
        recipient=recipient,
        state=State.QUEUED,
        version=1,
        lane=policy.lane,
        critical=policy.critical,
        next_attempt_at=max(begins, now),
        created_at=now,
        expires_at=begins + policy.time_to_live if policy.time_to_live is not None else None,
        waits_for=notice.waits_for,
        traceparent=notice.traceparent,
    )
    reason = notice.dropped if policy.enabled else Reason.SWITCHED_OFF
    if reason:
        return suppressed(delivery, reason, now=now)
    said_at = time_of(notice.cause) if notice.cause else now
    if restored_at is not None and said_at <= restored_at and begins <= now:
        return _perhaps_sent(delivery, said_at=said_at, now=now)
    return delivery


def _perhaps_sent(delivery: Delivery, *, said_at: datetime, now: datetime) -> Delivery:
    """A new one that a lost database may have known: as old as what it tells of, and newer than what others saw."""
    return replace(
        delivery,
        state=State.UNKNOWN,
        version=int(now.timestamp()),
        created_at=min(said_at, now),
        next_attempt_at=now + _READ_ON,
        reason="It may have been sent before the database was restored.",
    )
