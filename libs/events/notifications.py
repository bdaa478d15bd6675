"""Messages to people, and their answers."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.alerts import AnswerWay
from events.base import Event, OrderId, PersonalText, Vocabulary, words_of
from events.topics import Topic


class Channel(Vocabulary):
    """The ways to reach people (N-2)."""

    SMS = "sms"
    EMAIL = "email"
    SLACK = "slack"
    PAGERDUTY = "pagerduty"


class NotificationEvent(Event):
    """State of one delivery after the change. The recipient is masked (E-10)."""

    topic: ClassVar[Topic] = Topic.NOTIFICATIONS

    notification_id: UUID
    delivery_id: UUID
    version: Annotated[int, Field(description="only grows")]
    channel: Annotated[str, words_of(Channel, "the way to the recipient")]
    kind: Annotated[str, Field(description="what is said: sale, confirmation, alert …")]
    recipient: Annotated[str, Field(description="masked")]
    order_id: OrderId | None = None
    alert_fingerprint: str | None = None
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return str(self.notification_id)


class NotificationQueued(NotificationEvent):
    """It is to be sent."""

    type: ClassVar[str] = "fullhouse.notification.queued.v1"


class NotificationSent(NotificationEvent):
    """The provider took it."""

    type: ClassVar[str] = "fullhouse.notification.sent.v1"

    provider: str
    provider_id: str
    attempts: int
    response_ms: int


class NotificationDelivered(NotificationEvent):
    """The provider says that it has arrived."""

    type: ClassVar[str] = "fullhouse.notification.delivered.v1"

    provider: str


class NotificationFailed(NotificationEvent):
    """It was given up."""

    type: ClassVar[str] = "fullhouse.notification.failed.v1"

    provider: str
    error_code: Annotated[str, Field(description="the provider's own code, or ours")]
    reason: Annotated[str, Field(description="a sentence for people; nothing depends on it")]
    attempts: int


class NotificationSuppressed(NotificationEvent):
    """It is not sent."""

    type: ClassVar[str] = "fullhouse.notification.suppressed.v1"

    cause: Annotated[str, Field(description="why: expired, opted_out, switched_off …")]


class NotificationAnswered(NotificationEvent):
    """A recipient's answer acknowledges an alert (N-13); the monitor turns it into alert.acknowledged."""

    type: ClassVar[str] = "fullhouse.notification.answered.v1"

    alert_id: UUID
    fingerprint: str
    by: Annotated[PersonalText, Field(description="the person of the contact book, or what is shown of them")]
    way: Annotated[str, words_of(AnswerWay, "how the person answered")]


class ChannelEvent(Event):
    """How a way to people is."""

    topic: ClassVar[Topic] = Topic.NOTIFICATIONS

    channel: Annotated[str, words_of(Channel, "the way to people")]
    provider: str
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return self.channel


class ChannelDegraded(ChannelEvent):
    """Its provider fails; messages wait."""

    type: ClassVar[str] = "fullhouse.channel.degraded.v1"

    reason: Annotated[str, Field(description="a sentence for people; nothing depends on it")]


class ChannelRecovered(ChannelEvent):
    """Its provider takes messages again."""

    type: ClassVar[str] = "fullhouse.channel.recovered.v1"
