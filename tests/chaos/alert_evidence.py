"""Evidence of alerts and of messages: the monitor's and the notifier's rows, and what the vendors say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import config
from chassis.database import Database
from events import AlertEvent, AlertRaised, Channel
from invariants import Address, Alert, AlertStep, Delivery, Page, Taken
from notifier.alerts.domain import ALERT, AlertRoutes, targets
from notifier.channels.pagerduty import dedup_key
from tests.fixtures.stack import WholeStack

RESOLVED = "resolved"


def routes(stack: WholeStack) -> AlertRoutes:
    """Whom alerts reach, as the stack's configuration says."""
    files = config.load(Path(stack.value("CONFIG_DIR")))
    return AlertRoutes(
        routing=files.routing,
        contacts=files.contacts,
        owners=tuple(stack.value("SMS_TARGET_NUMBERS").split(",")),
        zone=ZoneInfo(stack.value("BUSINESS_TIMEZONE")),
        vendors=files.vendors,
    )


async def of_monitor(monitor: Database) -> tuple[Alert, ...]:
    rows = await monitor.fetch("SELECT id, fingerprint, version, status FROM alerts")
    return tuple(
        Alert(
            alert_id=str(row["id"]),
            fingerprint=row["fingerprint"],
            key=dedup_key(row["fingerprint"]),
            version=row["version"],
            status=row["status"],
        )
        for row in rows
    )


def step(event: AlertEvent) -> AlertStep:
    return AlertStep(alert_id=str(event.alert_id), version=event.version, status=event.status)


async def heard(notifier: Database) -> tuple[AlertStep, ...]:
    """Moments that it knows of, the newest with the status that it knows."""
    rows = await notifier.fetch(
        """
        SELECT alert_id, m.version, CASE WHEN m.version = a.version THEN a.status ELSE m.what END AS status
        FROM alert_moments m JOIN alerts a USING (alert_id)
        """
    )
    return tuple(AlertStep(alert_id=str(row["alert_id"]), version=row["version"], status=row["status"]) for row in rows)


def addresses(events: Iterable[AlertEvent], people: AlertRoutes) -> Iterator[Address]:
    """Whom the routing names for each alert that was raised."""
    for event in events:
        if not isinstance(event, AlertRaised):
            continue
        for target in targets(event, people, now=event.occurred_at):
            for recipient in target.recipients:
                yield Address(alert_id=str(event.alert_id), channel=target.channel.value, recipient=recipient)


async def deliveries(notifier: Database) -> tuple[Delivery, ...]:
    rows = await notifier.fetch("SELECT * FROM deliveries")
    return tuple(
        Delivery(
            delivery_id=str(row["id"]),
            alert_id=str(row["alert_id"]) if row["alert_id"] is not None else None,
            first=row["kind"] == ALERT,
            channel=row["channel"],
            recipient=row["recipient"],
            state=row["state"],
            reason=row["reason"],
            provider_id=_plain(row["channel"], row["provider_id"]),
        )
        for row in rows
    )


def taken(row: Mapping[str, Any]) -> Taken:
    """From the sandbox's list of messages; its ids say more than the vendors' answers to a send."""
    plain = row["id"].removeprefix("slack_").partition(".recvd-")[0]
    return Taken(channel=row["channel"], provider_id=plain)


def page(row: Mapping[str, Any]) -> Page:
    return Page(key=row["dedupKey"], open=row["status"] != RESOLVED)


def _plain(channel: str, provider_id: str | None) -> str | None:
    """Slack's ids have the room before the message's own."""
    if provider_id is None or channel != Channel.SLACK:
        return provider_id
    return provider_id.partition(":")[2]
