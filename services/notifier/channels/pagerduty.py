"""The channel PagerDuty: an incident for an alert, acknowledged and resolved with it (N-2)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from chassis.clock import utc_text
from chassis.metrics import Metric
from events import AlertStatus, Severity
from notifier.channels.domain import Message
from notifier.channels.responses import Vendor
from notifier.channels.spec import AlertText, ChannelNames, ChannelSpec, OpenProvider
from notifier.texts.templates import Templates

_LONGEST_KEY: Final = 255
_LONGEST_SUMMARY: Final = 1024
_SEVERITIES: Final = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
}


class PageAction(StrEnum):
    """What an event does to the incident."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"


_ACTIONS: Final = {
    AlertStatus.FIRING: PageAction.TRIGGER,
    AlertStatus.ACKNOWLEDGED: PageAction.ACKNOWLEDGE,
    AlertStatus.RESOLVED: PageAction.RESOLVE,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PageMessage(Message):
    """An event for PagerDuty's Events API v2.

    key: chooses the routing key
    action: what it does to the incident
    dedup_key: what we call the incident
    payload: what it is about; a trigger's only
    link: leads to a page that acknowledges; a trigger's only
    """

    key: str
    action: PageAction
    dedup_key: str
    payload: Mapping[str, Any] | None = None
    link: str | None = None


def spec(vendor: Vendor, open_provider: OpenProvider) -> ChannelSpec:
    """The channel's row of the table."""
    return ChannelSpec(
        vendor=vendor,
        open_provider=open_provider,
        names=ChannelNames(
            sent_total=Metric.PAGERDUTY_SENT,
            failed_total=Metric.PAGERDUTY_FAILED,
            sent="pagerduty_notification_sent",
            failed="pagerduty_delivery_failed",
        ),
        normal=str.strip,
        mask=str,
        address_of=lambda _person: None,
        known_as=lambda person: (person.pagerduty,),
        place_of=lambda _routing, severity, _category: severity.value,
        compose_alert=_alert,
        shows_alerts=True,
        repeatable=True,
    )


def dedup_key(fingerprint: str) -> str:
    """What we call the incident: the fingerprint, or its hash where that is longer than PagerDuty takes."""
    if len(fingerprint) <= _LONGEST_KEY:
        return fingerprint
    return f"sha256:{hashlib.sha256(fingerprint.encode()).hexdigest()}"


def _alert(told: AlertText, _templates: Templates) -> PageMessage:
    action = PageAction.TRIGGER if told.first else _ACTIONS[AlertStatus(told.alert.status)]
    triggers = action is PageAction.TRIGGER
    return PageMessage(
        delivery_id=told.delivery_id,
        key=_SEVERITIES[told.alert.severity],
        action=action,
        dedup_key=dedup_key(told.alert.fingerprint),
        payload=_payload(told) if triggers else None,
        link=told.link if triggers else None,
    )


def _payload(told: AlertText) -> dict[str, Any]:
    """The `payload` of Events API v2."""
    alert, runbook = told.alert, told.words.runbook
    details = {
        **dict(told.words.facts),
        "value": alert.value,
        "unit": alert.unit,
        "limit": alert.limit,
        "runbook": runbook,
    }
    return {
        "summary": alert.summary[:_LONGEST_SUMMARY],
        "source": told.source,
        "severity": _SEVERITIES[alert.severity],
        "timestamp": utc_text(alert.triggered_at),
        "group": alert.category,
        "class": alert.rule,
        "custom_details": {name: value for name, value in details.items() if value not in {None, ""}},
    }
