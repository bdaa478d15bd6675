"""Log lines, figures and counted errors (A-11, A-12, M-4) of what happened to deliveries, once it is durable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from chassis.metrics import Metric, metrics
from chassis.telemetry import get_logger
from events import Channel
from notifier.channels.domain import PROVIDERS, Outcome, Refused, Verdict
from notifier.deliveries.domain import Delivery, State
from notifier.deliveries.news import masked

log = get_logger()

_CATEGORY: Final = "communication_errors"
_SENT: Final = {
    Channel.SMS: Metric.SMS_SENT,
    Channel.EMAIL: Metric.EMAIL_SENT,
    Channel.SLACK: Metric.SLACK_SENT,
    Channel.PAGERDUTY: Metric.PAGERDUTY_SENT,
}
_FAILED: Final = {
    Channel.SMS: Metric.SMS_FAILED,
    Channel.EMAIL: Metric.EMAIL_FAILED,
    Channel.SLACK: Metric.SLACK_FAILED,
    Channel.PAGERDUTY: Metric.PAGERDUTY_FAILED,
}
_RATE_LIMITED: Final = frozenset({"20429", "http_429"})


@dataclass(frozen=True, slots=True)
class Told:
    """Called back after the commit of changes, each the delivery before (None: it is new) and after."""

    changes: Sequence[tuple[Delivery | None, Delivery]]

    def __call__(self) -> None:
        for before, after in self.changes:
            if before is None or before.state is not after.state:
                _tell(before, after)


@dataclass(frozen=True, slots=True)
class Heard:
    """Called back after the commit of a batch of answers: what they say of the provider itself."""

    channel: Channel
    outcomes: Sequence[Outcome]

    def __call__(self) -> None:
        for outcome in self.outcomes:
            if not isinstance(outcome, Refused):
                continue
            if outcome.verdict is Verdict.ACCOUNT:
                provider = PROVIDERS[self.channel]
                log.error("vendor_account_trouble", provider=provider, error=outcome.code, reason=outcome.reason)
            elif self.channel is Channel.SMS and outcome.code in _RATE_LIMITED:
                _count("twilio_rate_limited", error=outcome.code)


def _tell(before: Delivery | None, after: Delivery) -> None:
    facts: dict[str, object] = {
        "delivery": str(after.id),
        "kind": after.kind,
        "to": masked(after.channel, after.recipient),
        "order": str(after.order_id) if after.order_id else None,
        "alert": str(after.alert_id) if after.alert_id else None,
        "attempts": after.attempts,
    }
    if after.state is State.QUEUED and before is None:
        log.info("notification_queued", **facts)
    elif after.state is State.QUEUED:
        log.warning("delivery_retried", **facts, error=after.error_code, reason=after.reason)
    elif after.state is State.UNKNOWN:
        log.warning("delivery_unknown", **facts, reason=after.reason)
    elif after.state is State.SENT:
        _sent(after, facts)
    elif after.state is State.DELIVERED:
        log.info("delivery_receipt", **facts)
    elif after.state is State.FAILED:
        _failed(before, after, facts)


def _sent(after: Delivery, facts: dict[str, object]) -> None:
    details = {**facts, "provider_id": after.provider_id, "response_ms": after.response_ms}
    metrics.count(_SENT[after.channel])
    if after.channel is Channel.SMS:
        log.info("sms_notification_sent", **details, segments=after.segments)
    elif after.channel is Channel.EMAIL:
        log.info("email_notification_sent", **details)
    elif after.channel is Channel.SLACK:
        log.info("slack_notification_sent", **details)
    else:
        log.info("pagerduty_notification_sent", **details)


def _failed(before: Delivery | None, after: Delivery, facts: dict[str, object]) -> None:
    details = {**facts, "error": after.error_code, "reason": after.reason}
    metrics.count(_FAILED[after.channel])
    if after.channel is Channel.SMS:
        _count("sms_delivery_failed", **details)
    elif after.channel is Channel.EMAIL:
        _mail_failed(before, details)
    elif after.channel is Channel.SLACK:
        log.error("slack_delivery_failed", **details)
    else:
        log.error("pagerduty_delivery_failed", **details)


def _mail_failed(before: Delivery | None, details: dict[str, object]) -> None:
    log.error("email_delivery_failed", **details)
    if before is not None and before.state in {State.SENT, State.DELIVERED}:
        _count("email_bounce", **details)


def _count(name: Literal["sms_delivery_failed", "twilio_rate_limited", "email_bounce"], **fields: object) -> None:
    metrics.count(Metric.ERRORS, category=_CATEGORY, error=name)
    log.record(name, **fields)
