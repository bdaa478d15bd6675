from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.base import Event, PersonalText
from events.topics import Topic


class Severity(StrEnum):
    """A-1."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class AlertKind(StrEnum):
    """M-5: a condition lives until it ends; a notice tells a fact once that nobody can or need mend."""

    CONDITION = "condition"
    NOTICE = "notice"


class AlertStatus(StrEnum):
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


ALERT_TOPICS = {
    Severity.CRITICAL: Topic.ALERTS_CRITICAL,
    Severity.HIGH: Topic.ALERTS_HIGH,
    Severity.MEDIUM: Topic.ALERTS_MEDIUM,
    Severity.LOW: Topic.ALERTS_LOW,
}


class AlertEvent(Event):
    """State of the whole alert after the change. All its events stay on the topic on which it was raised (E-11).

    `fingerprint` is the rule with its labels: one alert of it is open at a time. `version` only grows.
    """

    alert_id: UUID
    fingerprint: str
    version: int
    rule: str
    kind: AlertKind
    severity: Severity
    category: str
    labels: dict[str, str]
    summary: str
    value: float | None = None
    unit: str = ""
    limit: float | None = None
    status: AlertStatus
    code: Annotated[str, Field(description="what people type to acknowledge: `ACK 4471`")]
    runbook: str | None = None
    triggered_at: AwareDatetime
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return self.fingerprint

    @property
    def destination(self) -> Topic:
        return ALERT_TOPICS[self.severity]


class AlertRaised(AlertEvent):
    """`roles` and `channels`: who is to be reached at once, and how (A-1, A-2's first step)."""

    type: ClassVar[str] = "fullhouse.alert.raised.v1"

    step: int = 0
    roles: tuple[str, ...]
    channels: tuple[str, ...]


class AlertAcknowledged(AlertEvent):
    """`way`: `api`, or that of the answer (`sms_reply`, `link`, `slack`, `pagerduty`)."""

    type: ClassVar[str] = "fullhouse.alert.acknowledged.v1"

    by: PersonalText
    way: str


class AlertResolved(AlertEvent):
    """`by` is empty when the condition ended by itself."""

    type: ClassVar[str] = "fullhouse.alert.resolved.v1"

    by: PersonalText = ""
    reason: str
