"""Alerts as the API shows them: `ALERT` of the monitoring answers, and what else is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from pydantic import Field

from chassis.app import Out
from events import AlertKind, AlertStatus, AnswerWay, Severity
from monitor.alerts.domain import Alert, HistoryEntry


class AlertOut(Out):
    """An alert as of its version."""

    id: UUID
    rule: str = Field(description="The rule that raised it; `manual` for one that a person raised")
    severity: Severity
    category: str = Field(description="What it is about, which decides who is told first")
    summary: str
    status: AlertStatus
    timestamp: datetime = Field(description="When it was raised")
    version: int = Field(description="Grows with every change")
    kind: AlertKind
    fingerprint: str = Field(description="The rule with its labels; one alert of it is open at a time")
    labels: dict[str, str]
    value: float | None = Field(description="What was measured when it was raised")
    unit: str
    limit: float | None
    code: str = Field(description="What people type to acknowledge it: `ACK 4471`")
    runbook: str | None = Field(description="What to do: a path below /docs/playbooks/, or an https link")
    evidence: list[str] = Field(description="What was found out before it was raised, a line each")
    roles: list[str] = Field(description="Who was told first")
    channels: list[str] = Field(description="On which channels")
    changed_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    resolved_at: datetime | None

    @classmethod
    def of(cls, alert: Alert) -> Self:
        return cls(**_fields(alert))


class HistoryEntryOut(Out):
    """A change of an alert."""

    version: int
    status: AlertStatus
    timestamp: datetime
    by: str | None = Field(description="Null for the monitor itself")
    way: str = Field(description=f"rule, event, or how a person said so: {', '.join(AnswerWay)}")
    note: str


class AlertDetailOut(AlertOut):
    """An alert with everything that became of it."""

    history: list[HistoryEntryOut]

    @classmethod
    def with_history(cls, alert: Alert, history: Sequence[HistoryEntry]) -> Self:
        return cls(**_fields(alert), history=[_entry(each) for each in history])


def _fields(alert: Alert) -> dict[str, Any]:
    matter = alert.matter
    return {
        "id": alert.id,
        "rule": matter.rule,
        "severity": matter.severity,
        "category": matter.category,
        "summary": matter.summary,
        "status": alert.status,
        "timestamp": alert.triggered_at,
        "version": alert.version,
        "kind": matter.kind,
        "fingerprint": matter.fingerprint,
        "labels": dict(matter.labels),
        "value": matter.value,
        "unit": matter.unit,
        "limit": matter.limit,
        "code": alert.code,
        "runbook": matter.runbook,
        "evidence": list(matter.evidence),
        "roles": list(alert.roles),
        "channels": list(alert.channels),
        "changed_at": alert.changed_at,
        "acknowledged_at": alert.acknowledged_at,
        "acknowledged_by": alert.acknowledged_by,
        "resolved_at": alert.resolved_at,
    }


def _entry(entry: HistoryEntry) -> HistoryEntryOut:
    return HistoryEntryOut(
        version=entry.version,
        status=entry.status,
        timestamp=entry.at,
        by=entry.by or None,
        way=entry.way,
        note=entry.note,
    )
