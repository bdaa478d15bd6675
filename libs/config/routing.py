"""Which channels an alert takes, and how it looks there (alert-rules.md A-1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Final, Self

from pydantic import Field, model_validator

from config.messages import Lane
from config.values import Colour, Duration, Flag, Id, Model, Text
from events import AlertKind, Channel, Severity

GENERAL: Final = "general"


class EmailTiming(StrEnum):
    AT_ONCE = "at_once"
    DIGEST = "digest"


class SlackRoute(Model):
    """`channel` is a name of `slack.channels`."""

    channel: Id
    mention: Flag = False
    business_hours: Flag = False


class SeverityRoute(Model):
    """`icon` is for chat and mail; SMS carries the word (N-12)."""

    sms: Flag
    email: EmailTiming
    pagerduty: Flag
    slack: SlackRoute
    lane: Lane = Lane.HIGH
    colour: Colour
    icon: Text


class SlackNames(Model):
    """Channel names by our own name; `general` takes what has no channel of its own."""

    channels: Mapping[Id, Text]
    mentions: tuple[Text, ...] = Field(default=())


class AlertMessages(Model):
    """The switch of all alerts' messages; how long one is worth sending; by which ways people hear of the end."""

    enabled: Flag = True
    time_to_live: Duration = timedelta(minutes=30)
    tell_resolved: tuple[Channel, ...] = (Channel.SMS, Channel.EMAIL)


class Routing(Model):
    """routing.yaml. `categories` gives a category of alerts a Slack channel of its own.

    `also_tell`: roles that hear of a severity or a category at once, beside the first step's people (A-1).
    """

    alerts: AlertMessages = Field(default_factory=AlertMessages)
    severities: Mapping[Severity, SeverityRoute]
    slack: SlackNames
    categories: Mapping[Id, Id] = Field(default_factory=dict)
    also_tell: Mapping[Id, tuple[Id, ...]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := [severity for severity in Severity if severity not in self.severities]:
            raise ValueError(f"severities lacks {missing[0]}")
        named = {*self.categories.values(), *(route.slack.channel for route in self.severities.values()), GENERAL}
        if unknown := sorted(named - set(self.slack.channels)):
            raise ValueError(f"slack.channels lacks {unknown[0]}")
        return self

    def slack_channel(self, severity: Severity, category: str) -> str:
        """Our own name of the channel: the severity's, unless that is `general` and the category has its own."""
        own = self.severities[severity].slack.channel
        return self.categories.get(category, own) if own == GENERAL else own

    def channels(self, severity: Severity, kind: AlertKind) -> tuple[str, ...]:
        """What goes out at once (A-1); a notice leaves PagerDuty out (M-5)."""
        route = self.severities[severity]
        taken = {
            "sms": route.sms,
            "slack": True,
            "email": route.email is EmailTiming.AT_ONCE,
            "pagerduty": route.pagerduty and kind is AlertKind.CONDITION,
        }
        return tuple(channel for channel, goes in taken.items() if goes)
