"""The life of alerts."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.base import Event, PersonalText, Vocabulary, words_of
from events.topics import Topic


class Severity(StrEnum):
    """How bad it is. A closed choice: each has a topic of its own (A-1)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class AlertKind(Vocabulary):
    """A condition lives until it ends; a notice tells a fact once that nobody can or need mend (M-5)."""

    CONDITION = "condition"
    NOTICE = "notice"


class AlertStatus(Vocabulary):
    """Where an alert stands."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class AnswerWay(Vocabulary):
    """How a person takes an alert."""

    API = "api"
    SMS_REPLY = "sms_reply"
    LINK = "link"
    SLACK = "slack"
    PAGERDUTY = "pagerduty"


ALERT_TOPICS = {
    Severity.CRITICAL: Topic.ALERTS_CRITICAL,
    Severity.HIGH: Topic.ALERTS_HIGH,
    Severity.MEDIUM: Topic.ALERTS_MEDIUM,
    Severity.LOW: Topic.ALERTS_LOW,
}


class AlertEvent(Event):
    """State of the whole alert after the change. All its events stay on the topic on which it was raised (E-11)."""

    alert_id: UUID
    fingerprint: Annotated[str, Field(description="the rule with its labels: one alert of it is open at a time")]
    version: Annotated[int, Field(description="only grows")]
    rule: str
    kind: Annotated[str, words_of(AlertKind, "whether it lives until it ends, or tells a fact once")]
    severity: Severity
    category: str
    labels: dict[str, str]
    summary: str
    value: float | None = None
    unit: str = ""
    limit: float | None = None
    status: Annotated[str, words_of(AlertStatus, "where it stands after the change")]
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
    """Somebody must know of it."""

    type: ClassVar[str] = "fullhouse.alert.raised.v1"

    step: Annotated[int, Field(description="of the escalation policy, from 0")] = 0
    roles: Annotated[tuple[str, ...], Field(description="who is to be reached at once")]
    channels: Annotated[tuple[str, ...], Field(description="how they are to be reached")]


class AlertAcknowledged(AlertEvent):
    """A person has taken it."""

    type: ClassVar[str] = "fullhouse.alert.acknowledged.v1"

    by: PersonalText
    way: Annotated[str, words_of(AnswerWay, "how the person said so")]


class AlertResolved(AlertEvent):
    """It is over."""

    type: ClassVar[str] = "fullhouse.alert.resolved.v1"

    by: Annotated[PersonalText, Field(description="empty when the condition ended by itself")] = ""
    reason: Annotated[str, Field(description="for people; nothing depends on it")]
