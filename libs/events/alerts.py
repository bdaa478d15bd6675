"""Events of an alert's life."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.base import Event, PersonalText, Vocabulary, words_of
from events.topics import Topic


class Severity(StrEnum):
    """How bad an alert is. A closed choice, since each has a topic of its own (A-1)."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class AlertKind(Vocabulary):
    """A condition lives until it ends; a notice tells a fact once, which nobody can or need mend (M-5)."""

    CONDITION = "condition"
    NOTICE = "notice"


class AlertStatus(Vocabulary):
    """Where an alert stands."""

    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class AnswerWay(Vocabulary):
    """How a person acknowledges an alert."""

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
    """State of the whole alert after the change. All its events stay on the topic of the first one (E-11)."""

    alert_id: Annotated[UUID, Field(description="the alert")]
    fingerprint: Annotated[str, Field(description="the rule with its labels; one alert of each is open at a time")]
    version: Annotated[int, Field(description="only grows")]
    rule: Annotated[str, Field(description="the rule that raised it")]
    kind: Annotated[str, words_of(AlertKind, "condition: it lives until it ends; notice: it is told once")]
    severity: Annotated[Severity, Field(description="how bad it is")]
    category: Annotated[str, Field(description="what it is about")]
    labels: Annotated[dict[str, str], Field(description="what tells it from other alerts of the rule")]
    summary: Annotated[str, Field(description="a sentence for people")]
    value: Annotated[float | None, Field(description="the measured value that broke the rule")] = None
    unit: Annotated[str, Field(description="the unit of `value` and `limit`")] = ""
    limit: Annotated[float | None, Field(description="the rule's limit")] = None
    status: Annotated[str, words_of(AlertStatus, "where it stands after the change")]
    code: Annotated[str, Field(description="what people type to acknowledge: `ACK 4471`")]
    runbook: Annotated[str | None, Field(description="where people find what to do")] = None
    triggered_at: Annotated[AwareDatetime, Field(description="when it was raised")]
    occurred_at: Annotated[AwareDatetime, Field(description="when it changed")]

    @property
    def key(self) -> str:
        return self.fingerprint

    @property
    def destination(self) -> Topic:
        return ALERT_TOPICS[self.severity]


class AlertRaised(AlertEvent):
    """An alert was raised: people must know of it."""

    type: ClassVar[str] = "fullhouse.alert.raised.v1"

    step: Annotated[int, Field(description="of the escalation policy, from 0")] = 0
    roles: Annotated[tuple[str, ...], Field(description="who is to be reached at once")]
    channels: Annotated[tuple[str, ...], Field(description="how they are to be reached")]
    evidence: Annotated[tuple[str, ...], Field(description="what was found out before it was raised, a line each")] = ()


class AlertAcknowledged(AlertEvent):
    """A person has taken the alert."""

    type: ClassVar[str] = "fullhouse.alert.acknowledged.v1"

    by: Annotated[PersonalText, Field(description="who acknowledged it")]
    way: Annotated[str, words_of(AnswerWay, "how the person said so")]


class AlertResolved(AlertEvent):
    """The alert is over."""

    type: ClassVar[str] = "fullhouse.alert.resolved.v1"

    by: Annotated[PersonalText, Field(description="empty when the condition ended by itself")] = ""
    reason: Annotated[str, Field(description="for people; nothing depends on it")]
