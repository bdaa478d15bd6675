"""Puts an alert into words, the same for every channel. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from zoneinfo import ZoneInfo

from chassis import formats
from config import Contacts
from config.colours import WHITE, text_colour_on
from config.routing import SeverityRoute
from config.vendors import Vendors
from events import AlertAcknowledged, AlertEvent, AlertKind, AlertRaised, AlertResolved
from notifier.channels.spec import AlertWords
from playbooks import HOME, playbook_at

_WAYS: Final[Mapping[str, str]] = {
    "sms_reply": "by text",
    "link": "by link",
    "slack": "in Slack",
    "pagerduty": "in PagerDuty",
    "api": "on the dashboard",
}
_SUMMARY: Final = 600
_EVIDENCE: Final = 5
_LINE: Final = 300


def alert_words(
    alert: AlertEvent,
    route: SeverityRoute,
    *,
    zone: ZoneInfo,
    contacts: Contacts,
    vendors: Vendors,
    public_url: str = "",
) -> AlertWords:
    """The words of an alert; `contacts` names people, `vendors` has their pages, `public_url` begins links to ours."""
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
        facts=(*_facts(alert, zone), *_evidence(alert), *_vendors(alert, vendors)),
        code=alert.code if firing and alert.kind == AlertKind.CONDITION else "",
        runbook=runbook_address(alert.runbook or "", public_url),
    )


def runbook_address(runbook: str, public_url: str) -> str:
    """The link to what to do: our own playbook under `public_url`, or an https page; empty for any other form."""
    if runbook.startswith(f"{HOME}/"):
        return f"{public_url}{runbook}"
    return runbook if runbook.startswith("https://") else ""


def _vendors(alert: AlertEvent, vendors: Vendors) -> Iterator[tuple[str, str]]:
    """The pages of the vendors whose help its playbook may need."""
    playbook = playbook_at(alert.runbook or "")
    for vendor in vendors.known(playbook.vendors if playbook else ()):
        yield vendor.name, vendor.pages()


def _evidence(alert: AlertEvent) -> Iterator[tuple[str, str]]:
    """What was found out before it was raised; the worst stands first."""
    if isinstance(alert, AlertRaised):
        for line in alert.evidence[:_EVIDENCE]:
            yield "Found", line[:_LINE]


def status_sentence(alert: AlertEvent, zone: ZoneInfo, contacts: Contacts) -> str:
    """Acknowledged by Alex Rivera (by text), 2:14 PM."""
    time = formats.clock_time(alert.occurred_at, zone.key)
    if isinstance(alert, AlertAcknowledged):
        way = _WAYS.get(alert.way, "")
        return f"Acknowledged by {contacts.name_of(alert.by)}{f' ({way})' if way else ''}, {time}."
    if isinstance(alert, AlertResolved):
        by = f" by {contacts.name_of(alert.by)}" if alert.by else ""
        return f"Resolved{by}, {time}."
    return ""


def _facts(alert: AlertEvent, zone: ZoneInfo) -> tuple[tuple[str, str], ...]:
    since = formats.day_and_zoned_time(alert.triggered_at, zone.key)
    told = {"summary", "category", "severity", "rule"}
    labels = [(name, value[:200]) for name, value in alert.labels.items() if name not in told][:10]
    return (("Rule", alert.rule), ("Category", alert.category), *labels, ("Since", since))
