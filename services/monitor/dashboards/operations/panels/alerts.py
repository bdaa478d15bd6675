"""Panel `open_alerts`: what is wrong now, and who has taken it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from chassis import formats
from config import Contacts
from events import AlertStatus
from monitor.alerts.domain import Alert
from monitor.dashboards.formats import age


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    """An open alert in words.

    id: the alert's
    severity: its mark and colour
    word: the severity for people
    firing: whether nobody has taken it
    summary: the alert in one line
    where: its category and age
    next: who has taken it, and when
    runbook: where it says what to do, or empty
    evidence: what was found out before it was raised, a line each
    """

    id: str
    severity: str
    word: str
    firing: bool
    summary: str
    where: str
    next: str
    runbook: str
    evidence: Sequence[str] = ()

    @classmethod
    def of(cls, alert: Alert, *, now: datetime, zone: str, contacts: Contacts) -> Self:
        """`contacts` gives people's names for their ids."""
        matter = alert.matter
        taken = alert.status is AlertStatus.ACKNOWLEDGED
        at = formats.clock_time(alert.acknowledged_at, zone) if alert.acknowledged_at else ""
        by = contacts.name_of(alert.acknowledged_by or "")
        return cls(
            id=str(alert.id),
            severity=matter.severity.value,
            word=matter.severity.value.capitalize(),
            firing=not taken,
            summary=matter.summary,
            where=f"{matter.category} · {age(now - alert.triggered_at)}",
            next=f"{by}, {at}" if taken else "",
            runbook=matter.runbook or "",
            evidence=matter.evidence,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsPanel:
    """What is open, in the order in which people should look at it."""

    rows: Sequence[AlertRow]

    @classmethod
    def of(cls, alerts: Sequence[Alert], *, now: datetime, zone: str, contacts: Contacts) -> Self:
        return cls(rows=[AlertRow.of(alert, now=now, zone=zone, contacts=contacts) for alert in alerts])
