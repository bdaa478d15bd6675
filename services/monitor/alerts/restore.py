"""Brings the alerts of a database that was restored from a backup to where their own events are (E-4, E-6).

Everybody else has heard these events, and people were told: the rows follow them, nobody is told again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chassis.database import Transaction
from events import AlertAcknowledged, AlertEvent, AlertKind, AlertRaised, AlertResolved, AlertStatus
from monitor.alerts import store
from monitor.alerts.domain import Alert, HistoryEntry, Matter

WAY = "event"


async def restore_alerts(tx: Transaction, events: Iterable[AlertEvent]) -> int:
    """Brings alerts and their histories to where the events are; returns how many steps were missing."""
    await store.alone(tx)
    missing = 0
    for event in sorted(events, key=lambda each: (each.occurred_at, each.version)):
        known = await store.locked(tx, event.alert_id)
        if known is not None and known.version >= event.version:
            continue
        if known is None and not isinstance(event, AlertRaised):
            continue  # older than the log: nothing of it is left to follow
        await _take(tx, known, event)
        missing += 1
    return missing


async def _take(tx: Transaction, known: Alert | None, event: AlertEvent) -> None:
    if isinstance(event, AlertRaised):
        alert = _raised(event)
        await store.insert(tx, alert)
    elif known is not None:
        alert = _after(known, event)
        await store.update(tx, alert)
    else:
        return
    by, way, note = _told(event)
    await store.note(
        tx,
        alert,
        HistoryEntry(version=alert.version, status=alert.status, at=alert.changed_at, by=by, way=way, note=note),
    )


def _raised(event: AlertRaised) -> Alert:
    matter = Matter(
        rule=event.rule,
        kind=AlertKind(event.kind),
        severity=event.severity,
        category=event.category,
        labels=event.labels,
        summary=event.summary,
        value=event.value,
        unit=event.unit,
        limit=event.limit,
        runbook=event.runbook,
        evidence=event.evidence,
    )
    return Alert(
        id=event.alert_id,
        version=event.version,
        matter=matter,
        roles=event.roles,
        channels=event.channels,
        code=event.code,
        status=AlertStatus.FIRING,
        triggered_at=event.triggered_at,
        changed_at=event.occurred_at,
    )


def _after(known: Alert, event: AlertEvent) -> Alert:
    if isinstance(event, AlertAcknowledged):
        after = known.acknowledged(by=event.by, at=event.occurred_at)
    else:
        after = known.resolved(at=event.occurred_at)
    return replace(after, version=event.version)


def _told(event: AlertEvent) -> tuple[str, str, str]:
    """By whom a change was made, in which way, and with which words."""
    if isinstance(event, AlertAcknowledged):
        return event.by, event.way, ""
    return (event.by, WAY, event.reason) if isinstance(event, AlertResolved) else ("", WAY, event.summary)
