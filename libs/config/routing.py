"""Which channels an alert takes, and how it looks there (alert-rules.md A-1)."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from config.severities import AlertKind, Severity
from config.values import Colour, Flag, Id, Model, Text


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
    colour: Colour
    icon: Text


class SlackNames(Model):
    """Channel names by our own name; `general` takes what has no channel of its own."""

    channels: Mapping[Id, Text]
    mentions: tuple[Text, ...] = Field(default=())


class Routing(Model):
    """routing.yaml. `categories` gives a category of alerts a Slack channel of its own."""

    severities: Mapping[Severity, SeverityRoute]
    slack: SlackNames
    categories: Mapping[Id, Id] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := [severity for severity in Severity if severity not in self.severities]:
            raise ValueError(f"severities lacks {missing[0]}")
        named = {*self.categories.values(), *(route.slack.channel for route in self.severities.values()), "general"}
        if unknown := sorted(named - set(self.slack.channels)):
            raise ValueError(f"slack.channels lacks {unknown[0]}")
        return self

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
