"""Writes log lines and counts what happened to deliveries, once it is durable (A-11, A-12, M-4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from chassis.counted import KINDS, count_error
from chassis.metrics import metrics
from chassis.telemetry import CountedName, LogName, get_logger
from events import Channel
from notifier.channels.domain import Outcome, Refused, Verdict
from notifier.channels.table import masked, spec_of
from notifier.deliveries.domain import Delivery, State

log = get_logger()


def observe_changes(changes: Sequence[tuple[Delivery | None, Delivery]]) -> None:
    """Each change is the delivery before (None: it is new) and after."""
    for before, after in changes:
        if before is None or before.state is not after.state:
            _observe(before, after)


def observe_outcomes(channel: Channel, outcomes: Sequence[Outcome]) -> None:
    """Logs and counts what the outcomes of a batch say of the provider itself."""
    spec = spec_of(channel)
    for outcome in outcomes:
        if not isinstance(outcome, Refused):
            continue
        if outcome.verdict is Verdict.ACCOUNT:
            vendor = spec.vendor.name
            log.error("vendor_account_trouble", provider=vendor, error=outcome.code, reason=outcome.reason)
        elif outcome.code in spec.names.refused:
            _record(spec.names.refused[outcome.code], error=outcome.code)


def observe_trouble(channel: Channel, reasons: Sequence[str]) -> None:
    """Logs account trouble that the provider told of after it had taken a message."""
    for reason in reasons:
        log.error("vendor_account_trouble", provider=spec_of(channel).vendor.name, reason=reason)


def _observe(before: Delivery | None, after: Delivery) -> None:
    facts: dict[str, object] = {
        "delivery": str(after.id),
        "kind": after.kind,
        "channel": after.channel.value,
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
    names = spec_of(after.channel).names
    metrics.count(names.sent_total)
    details = {"provider_id": after.provider_id, "response_ms": after.response_ms, "segments": after.segments}
    _record(names.sent, **facts, **{name: value for name, value in details.items() if value is not None})


def _failed(before: Delivery | None, after: Delivery, facts: dict[str, object]) -> None:
    names = spec_of(after.channel).names
    metrics.count(names.failed_total)
    details = {**facts, "error": after.error_code, "reason": after.reason}
    _record(names.failed, **details)
    if names.bounced and before is not None and before.state in {State.SENT, State.DELIVERED}:
        _record(names.bounced, **details)


def _record(name: LogName, **fields: object) -> None:
    """Logs at the level of the name; a name of the catalogue of counted errors is counted, too."""
    if name in KINDS:
        count_error(cast("CountedName", name), **fields)
    else:
        log.record(name, **fields)
