from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.base import Event, OrderId, PersonalText
from events.topics import Topic


class Channel(StrEnum):
    SMS = "sms"
    EMAIL = "email"
    SLACK = "slack"
    PAGERDUTY = "pagerduty"


class NotificationEvent(Event):
    """State of one delivery after the change. The recipient is masked (E-10)."""

    topic: ClassVar[Topic] = Topic.NOTIFICATIONS

    notification_id: UUID
    delivery_id: UUID
    version: int
    channel: Channel
    kind: str
    recipient: Annotated[str, Field(description="masked")]
    order_id: OrderId | None = None
    alert_fingerprint: str | None = None
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return str(self.notification_id)


class NotificationQueued(NotificationEvent):
    type: ClassVar[str] = "fullhouse.notification.queued.v1"


class NotificationSent(NotificationEvent):
    """The provider took it."""

    type: ClassVar[str] = "fullhouse.notification.sent.v1"

    provider: str
    provider_id: str
    attempts: int
    response_ms: int


class NotificationDelivered(NotificationEvent):
    type: ClassVar[str] = "fullhouse.notification.delivered.v1"

    provider: str


class NotificationFailed(NotificationEvent):
    """Given up; `reason` is a sentence that a person understands."""

    type: ClassVar[str] = "fullhouse.notification.failed.v1"

    provider: str
    error_code: str
    reason: str
    attempts: int


class NotificationSuppressed(NotificationEvent):
    """Not sent, and why: `expired`, `opted_out`, `switched_off` …"""

    type: ClassVar[str] = "fullhouse.notification.suppressed.v1"

    reason: str


class NotificationAnswered(NotificationEvent):
    """A recipient's answer acknowledges an alert (N-13); the monitor turns it into alert.acknowledged.

    `way`: `sms_reply`, `link`, `slack` or `pagerduty`; `by`: the person of the contact book, or what is shown of them.
    """

    type: ClassVar[str] = "fullhouse.notification.answered.v1"

    alert_id: UUID
    fingerprint: str
    by: PersonalText
    way: str


class ChannelEvent(Event):
    topic: ClassVar[Topic] = Topic.NOTIFICATIONS

    channel: Channel
    provider: str
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return self.channel.value


class ChannelDegraded(ChannelEvent):
    type: ClassVar[str] = "fullhouse.channel.degraded.v1"

    reason: str


class ChannelRecovered(ChannelEvent):
    type: ClassVar[str] = "fullhouse.channel.recovered.v1"
