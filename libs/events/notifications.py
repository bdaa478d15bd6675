"""Events of messages to people, and of their acknowledgements."""

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

    notification_id: Annotated[UUID, Field(description="the notification that it belongs to")]
    delivery_id: Annotated[UUID, Field(description="the delivery")]
    version: Annotated[int, Field(description="only grows")]
    channel: Annotated[str, words_of(Channel, "the way to the recipient")]
    kind: Annotated[str, Field(description="what is said: sale, confirmation, alert …")]
    recipient: Annotated[str, Field(description="masked")]
    order_id: Annotated[OrderId | None, Field(description="the order that it is about")] = None
    alert_fingerprint: Annotated[str | None, Field(description="the alert that it is about")] = None
    occurred_at: Annotated[AwareDatetime, Field(description="when the delivery changed")]

    @property
    def key(self) -> str:
        return str(self.notification_id)


class NotificationQueued(NotificationEvent):
    """A message waits to be sent."""

    type: ClassVar[str] = "fullhouse.notification.queued.v1"


class NotificationSent(NotificationEvent):
    """The vendor took the message."""

    type: ClassVar[str] = "fullhouse.notification.sent.v1"

    provider: Annotated[str, Field(description="the vendor that took it")]
    provider_id: Annotated[str, Field(description="the vendor's id of the message")]
    attempts: Annotated[int, Field(description="how often it was tried")]
    response_ms: Annotated[int, Field(description="how long the vendor's response took")]


class NotificationDelivered(NotificationEvent):
    """The vendor says that the message has arrived."""

    type: ClassVar[str] = "fullhouse.notification.delivered.v1"

    provider: Annotated[str, Field(description="the vendor that delivered it")]


class NotificationFailed(NotificationEvent):
    """The message was given up."""

    type: ClassVar[str] = "fullhouse.notification.failed.v1"

    provider: Annotated[str, Field(description="the vendor that was to take it")]
    error_code: Annotated[str, Field(description="the provider's own code, or ours")]
    reason: Annotated[str, Field(description="a sentence for people; nothing depends on it")]
    attempts: Annotated[int, Field(description="how often it was tried")]


class NotificationSuppressed(NotificationEvent):
    """The message will not be sent."""

    type: ClassVar[str] = "fullhouse.notification.suppressed.v1"

    cause: Annotated[str, Field(description="why: expired, opted_out, switched_off …")]


class NotificationAnswered(NotificationEvent):
    """A recipient acknowledged an alert (N-13); the monitor turns it into alert.acknowledged."""

    type: ClassVar[str] = "fullhouse.notification.answered.v1"

    alert_id: Annotated[UUID, Field(description="the alert")]
    fingerprint: Annotated[str, Field(description="the rule of the alert with its labels")]
    by: Annotated[PersonalText, Field(description="the person of the contact book, or the name that the channel shows")]
    way: Annotated[str, words_of(AnswerWay, "how the person acknowledged it")]


class ChannelEvent(Event):
    """The state of a way to people."""

    topic: ClassVar[Topic] = Topic.NOTIFICATIONS

    channel: Annotated[str, words_of(Channel, "the way to people")]
    provider: Annotated[str, Field(description="the vendor behind it")]
    occurred_at: Annotated[AwareDatetime, Field(description="when that changed")]

    @property
    def key(self) -> str:
        return self.channel


class ChannelDegraded(ChannelEvent):
    """The channel's vendor fails; messages wait."""

    type: ClassVar[str] = "fullhouse.channel.degraded.v1"

    reason: Annotated[str, Field(description="a sentence for people; nothing depends on it")]


class ChannelRecovered(ChannelEvent):
    """The channel's vendor takes messages again."""

    type: ClassVar[str] = "fullhouse.channel.recovered.v1"
