"""An alert in words, for each way of telling it. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from config import Contacts
from config.colours import WHITE, text_colour_on
from config.routing import SeverityRoute
from events import AlertAcknowledged, AlertEvent, AlertKind, AlertResolved, Severity
from notifier.messages.domain import clock

_WAYS: Final[Mapping[str, str]] = {
    "sms_reply": "by text",
    "link": "by link",
    "slack": "in Slack",
    "pagerduty": "in PagerDuty",
    "api": "on the dashboard",
}
_SUMMARY: Final = 600
_LONGEST_KEY: Final = 255
_PAGERDUTY_SEVERITIES: Final = {
    Severity.CRITICAL: "critical",
    Severity.HIGH: "error",
    Severity.MEDIUM: "warning",
    Severity.LOW: "info",
}
# What would ring everybody when Slack makes links of names.
_EVERYBODY: Final = re.compile(r"@(?=channel|here|everyone|group)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertWords:
    """`code` is empty where nobody need acknowledge. `status` is a sentence once something has become of it."""

    severity: str
    icon: str
    colour: str
    on_colour: str
    summary: str
    status: str
    resolved: bool
    facts: tuple[tuple[str, str], ...]
    code: str
    runbook: str


def alert_words(alert: AlertEvent, route: SeverityRoute, *, zone: ZoneInfo, contacts: Contacts) -> AlertWords:
    """`contacts` gives people's names for their ids."""
    summary = " ".join(alert.summary.split())[:_SUMMARY]
    firing = not isinstance(alert, (AlertAcknowledged, AlertResolved))
    return AlertWords(
        severity=alert.severity.value.upper(),
        icon=route.icon,
        colour=route.colour,
        on_colour=text_colour_on(route.colour) or WHITE,
        summary=summary,
        status=status_sentence(alert, zone, contacts),
        resolved=isinstance(alert, AlertResolved),
        facts=_facts(alert, zone),
        code=alert.code if firing and alert.kind == AlertKind.CONDITION else "",
        runbook=alert.runbook if alert.runbook and alert.runbook.startswith("https://") else "",
    )


def status_sentence(alert: AlertEvent, zone: ZoneInfo, contacts: Contacts) -> str:
    """Acknowledged by Alex Rivera (by text), 2:14 PM."""
    time = clock(alert.occurred_at, zone)
    if isinstance(alert, AlertAcknowledged):
        way = _WAYS.get(alert.way, "")
        return f"Acknowledged by {contacts.name_of(alert.by)}{f' ({way})' if way else ''}, {time}."
    if isinstance(alert, AlertResolved):
        by = f" by {contacts.name_of(alert.by)}" if alert.by else ""
        return f"Resolved{by}, {time}."
    return ""


def slack_blocks(words: AlertWords, *, link: str | None) -> tuple[dict[str, Any], ...]:
    """Everything from outside is escaped: nothing in a summary can ring a channel or make a link."""
    facts = " · ".join(f"{name}: {value}" for name, value in words.facts)
    lines = [f"*{slack_text(words.summary)}*"]
    if words.status:
        lines.append(slack_text(words.status))
    elif link:
        lines.append(f"<{link}|Acknowledge>")
    if words.runbook:
        lines.append(f"<{slack_text(words.runbook).replace('|', '%7C')}|What to do>")
    return (
        {"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(lines)}},
        {"type": "context", "elements": [{"type": "mrkdwn", "text": slack_text(facts)[:2900]}]},
    )


def slack_line(words: AlertWords) -> str:
    """The line above the blocks, which is what a phone shows."""
    severity = "RESOLVED" if words.resolved else words.severity
    icon = "✅" if words.resolved else words.icon
    return f"{icon} {severity}: {slack_text(words.summary)}"


def slack_text(text: str) -> str:
    """Slack's control characters escaped, and no name in it that rings everybody."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _EVERYBODY.sub("@\u2060", escaped)


def page_key(fingerprint: str) -> str:
    """PagerDuty's dedup key: the fingerprint, or its hash where that is longer than PagerDuty takes."""
    if len(fingerprint) <= _LONGEST_KEY:
        return fingerprint
    return f"sha256:{hashlib.sha256(fingerprint.encode()).hexdigest()}"


def page_payload(alert: AlertEvent, *, source: str) -> dict[str, Any]:
    """The `payload` of Events API v2."""
    details = {**alert.labels, "value": alert.value, "unit": alert.unit, "limit": alert.limit, "runbook": alert.runbook}
    return {
        "summary": alert.summary[:1024],
        "source": source,
        "severity": page_severity(alert.severity),
        "timestamp": alert.triggered_at.isoformat(),
        "group": alert.category,
        "class": alert.rule,
        "custom_details": {name: value for name, value in details.items() if value not in {None, ""}},
    }


def page_severity(severity: Severity) -> str:
    return _PAGERDUTY_SEVERITIES[severity]


def _facts(alert: AlertEvent, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    since = format_datetime(alert.triggered_at, "EEE, MMM d, h:mm a z", tzinfo=zone, locale="en_US")
    told = {"summary", "category", "severity", "rule"}
    labels = [(name, value[:200]) for name, value in alert.labels.items() if name not in told][:10]
    return (("Rule", alert.rule), ("Category", alert.category), *labels, ("Since", since.replace("\u202f", "\u00a0")))
