"""Makes the event that a change of a delivery is worth; it carries the version and the state after (E-6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from events import (
    ChannelDegraded,
    ChannelEvent,
    ChannelRecovered,
    NotificationAnswered,
    NotificationDelivered,
    NotificationEvent,
    NotificationFailed,
    NotificationQueued,
    NotificationSent,
    NotificationSuppressed,
)
from notifier.channels.table import masked, spec_of
from notifier.deliveries.breaker import Breaker
from notifier.deliveries.domain import Delivery, State


def news(before: Delivery | None, after: Delivery, *, now: datetime) -> NotificationEvent | None:
    """The event of a change; None for one that is nobody's business: being claimed, tried again, asked about."""
    if before is not None and before.state is after.state:
        return None
    common = _common(after, now)
    if before is None and after.state is State.QUEUED:
        return NotificationQueued(**common)
    return _settled(after, common)


def acknowledgement_news(
    delivery: Delivery, *, alert_id: UUID, by: str, way: str, now: datetime
) -> NotificationAnswered:
    """The event of a recipient's acknowledgement."""
    fingerprint = delivery.alert_fingerprint or ""
    return NotificationAnswered(**_common(delivery, now), alert_id=alert_id, fingerprint=fingerprint, by=by, way=way)


def _common(after: Delivery, now: datetime) -> dict[str, Any]:
    return {
        "notification_id": after.notification_id,
        "delivery_id": after.id,
        "version": after.version,
        "channel": after.channel,
        "kind": after.kind,
        "recipient": masked(after.channel, after.recipient),
        "order_id": after.order_id,
        "alert_fingerprint": after.alert_fingerprint,
        "occurred_at": now,
    }


def _settled(after: Delivery, common: dict[str, Any]) -> NotificationEvent | None:
    if after.state is State.SENT:
        return NotificationSent(
            **common,
            provider=after.provider,
            provider_id=after.provider_id or "",
            attempts=after.attempts,
            response_ms=after.response_ms or 0,
        )
    if after.state is State.DELIVERED:
        return NotificationDelivered(**common, provider=after.provider)
    if after.state is State.FAILED:
        code, reason = after.error_code or "unknown", after.reason or ""
        return NotificationFailed(
            **common, provider=after.provider, error_code=code, reason=reason, attempts=after.attempts
        )
    if after.state is State.SUPPRESSED:
        return NotificationSuppressed(**common, cause=after.reason or "")
    return None


def channel_news(before: Breaker, after: Breaker, *, now: datetime) -> ChannelEvent | None:
    """The opening of a closed breaker and the closing of an open one; failed probes in between say nothing new."""
    if before.closed == after.closed:
        return None
    provider = spec_of(after.channel).vendor.name
    if after.closed:
        return ChannelRecovered(channel=after.channel, provider=provider, occurred_at=now)
    return ChannelDegraded(channel=after.channel, provider=provider, occurred_at=now, reason=after.reason or "")
