"""Alerts as a monitor would publish them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any
from uuid import UUID

from chassis.ids import uuid7
from events import AlertAcknowledged, AlertKind, AlertRaised, AlertResolved, AlertStatus, Severity

# Who is who in deploy/config/contacts.yaml.
ALEX, SAM, ROBIN = "+13525550100", "+18135550101", "+12145550102"
EVERYTHING = ("sms", "slack", "email", "pagerduty")


@dataclass(slots=True)
class Alarm:
    """One alert, told event by event; each has the next version."""

    severity: Severity = Severity.CRITICAL
    kind: AlertKind = AlertKind.CONDITION
    category: str = "payments"
    roles: tuple[str, ...] = ("engineering_lead", "development_team")
    channels: tuple[str, ...] = EVERYTHING
    summary: str = "Low payment success rate: 40.0% (limit 95%)"
    alert_id: UUID = field(default_factory=uuid7)
    code: str = field(default_factory=lambda: f"{SystemRandom().randrange(10_000):04}")
    version: int = 0

    @property
    def fingerprint(self) -> str:
        return f"payment_success_low:{self.alert_id.hex[-8:]}"

    def raised(self, **changes: Any) -> AlertRaised:
        facts = self._facts(AlertStatus.FIRING) | {"roles": self.roles, "channels": self.channels} | changes
        return AlertRaised(**facts)

    def acknowledged(self, by: str = "ann@example.com", way: str = "api") -> AlertAcknowledged:
        return AlertAcknowledged(**self._facts(AlertStatus.ACKNOWLEDGED), by=by, way=way)

    def resolved(self) -> AlertResolved:
        return AlertResolved(**self._facts(AlertStatus.RESOLVED), reason="The condition ended.")

    def _facts(self, status: AlertStatus) -> dict[str, Any]:
        self.version += 1
        now = datetime.now(UTC)
        return {
            "alert_id": self.alert_id,
            "fingerprint": self.fingerprint,
            "version": self.version,
            "rule": "payment_success_low",
            "kind": self.kind,
            "severity": self.severity,
            "category": self.category,
            "labels": {"processor": "stripe"},
            "summary": self.summary,
            "value": 0.4,
            "unit": "%",
            "limit": 0.95,
            "status": status,
            "code": self.code,
            "triggered_at": now,
            "occurred_at": now,
        }
