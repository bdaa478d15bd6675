"""Counts and logs what happened to deliveries, once it is durable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from chassis.metrics import Metric, metrics
from chassis.telemetry import get_logger
from events import Channel
from notifier.deliveries.domain import Delivery, State
from notifier.deliveries.news import masked

log = get_logger()

_SENT = {Channel.SMS: Metric.SMS_SENT, Channel.EMAIL: Metric.EMAIL_SENT}
_FAILED = {Channel.SMS: Metric.SMS_FAILED, Channel.EMAIL: Metric.EMAIL_FAILED}
_SENT_NAMES: Final[Mapping[Channel, Literal["sms_notification_sent", "email_notification_sent"]]] = {
    Channel.SMS: "sms_notification_sent",
    Channel.EMAIL: "email_notification_sent",
}
_FAILED_NAMES: Final[Mapping[Channel, Literal["sms_delivery_failed", "email_delivery_failed"]]] = {
    Channel.SMS: "sms_delivery_failed",
    Channel.EMAIL: "email_delivery_failed",
}


@dataclass(frozen=True, slots=True)
class Told:
    """Called back after the commit of one change."""

    before: Delivery | None
    after: Delivery

    def __call__(self) -> None:
        after = self.after
        facts = {
            "delivery": str(after.id), "kind": after.kind, "to": masked(after.channel, after.recipient),
            "order": str(after.order_id), "attempts": after.attempts,
        }  # fmt: skip
        if after.state is State.SENT:
            metrics.count(_SENT[after.channel])
            log.info(_SENT_NAMES[after.channel], **facts, provider_id=after.provider_id, segments=after.segments)
        elif after.state is State.FAILED:
            metrics.count(_FAILED[after.channel])
            log.error(_FAILED_NAMES[after.channel], **facts, error=after.error_code, reason=after.reason)
        elif after.state is State.UNKNOWN:
            log.warning("delivery_unknown", **facts, reason=after.reason)
        elif after.state is State.QUEUED and self.before is not None:
            log.warning("delivery_retried", **facts, error=after.error_code, reason=after.reason)
