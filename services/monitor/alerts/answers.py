"""Alerts as JSON: `ALERT` of monitoring-api.md, and what else is known."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from chassis.errors import InvalidRequest
from monitor.alerts.domain import Alert, HistoryEntry


def alert_answer(alert: Alert) -> dict[str, Any]:
    matter = alert.matter
    return {
        "id": str(alert.id),
        "rule": matter.rule,
        "severity": matter.severity.value,
        "category": matter.category,
        "summary": matter.summary,
        "status": alert.status.value,
        "timestamp": iso(alert.triggered_at),
        "version": alert.version,
        "kind": matter.kind.value,
        "fingerprint": matter.fingerprint,
        "labels": dict(matter.labels),
        "value": matter.value,
        "unit": matter.unit,
        "limit": matter.limit,
        "code": alert.code,
        "runbook": matter.runbook,
        "roles": list(alert.roles),
        "channels": list(alert.channels),
        "changedAt": iso(alert.changed_at),
        "acknowledgedAt": iso(alert.acknowledged_at),
        "acknowledgedBy": alert.acknowledged_by,
        "resolvedAt": iso(alert.resolved_at),
    }


def with_history(alert: Alert, history: Sequence[HistoryEntry]) -> dict[str, Any]:
    return {**alert_answer(alert), "history": [_entry(entry) for entry in history]}


def _entry(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "version": entry.version,
        "status": entry.status.value,
        "timestamp": iso(entry.at),
        "by": entry.by or None,
        "way": entry.way,
        "note": entry.note,
    }


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") if moment else None


def cursor_after(alert: Alert) -> str:
    place = [alert.triggered_at.isoformat(), str(alert.id)]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def read_cursor(text: str) -> tuple[datetime, UUID]:
    try:
        moment, alert_id = json.loads(base64.urlsafe_b64decode(text))
        return datetime.fromisoformat(moment).astimezone(UTC), UUID(alert_id)
    except (ValueError, TypeError, AttributeError, OverflowError, RecursionError, binascii.Error):
        raise InvalidRequest(fields={"cursor": "That is no cursor of this list."}) from None
