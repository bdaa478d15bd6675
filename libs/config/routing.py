"""routing.yaml: the channels of each alert, and its look there (A-1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final, Self

from pydantic import Field, model_validator

from config.messages import Lane
from config.values import Colour, Duration, Flag, Id, Model, Text
from events import AlertKind, Channel, Severity

GENERAL: Final = "general"


class SlackRoute(Model):
    """Where and how alerts of a severity appear in Slack."""

    channel: Id = Field(description="a name of `slack.channels`")
    mention: Flag = Field(default=False, description="whether `slack.mentions` are called by name")
    business_hours: Flag = Field(default=False, description="whether it waits for the business hours of contacts.yaml")


class SeverityRoute(Model):
    """The channels of a severity's alerts, and their look."""

    sms: Flag = Field(description="whether an SMS goes out")
    email: Flag = Field(description="whether an e-mail goes out")
    pagerduty: Flag = Field(description="whether PagerDuty has an incident; of a notice it never has")
    slack: SlackRoute = Field(description="Slack always shows it: where, and how")
    lane: Lane = Field(Lane.HIGH, description="the lane in which its messages wait")
    colour: Colour = Field(description="the colour in chat and mail")
    icon: Text = Field(description="the icon in chat and mail; an SMS carries the word (N-12)")


class SlackNames(Model):
    """Slack's names of channels and people."""

    channels: Mapping[Id, Text] = Field(
        description="our own name → Slack's; `general` takes what has no channel of its own"
    )
    mentions: tuple[Text, ...] = Field((), description="who is called by name where a severity mentions")


class AlertMessages(Model):
    """Settings for the messages of all alerts."""

    enabled: Flag = Field(default=True, description="whether any is sent")
    time_to_live: Duration = Field(timedelta(minutes=30), description="after how long one is not worth sending")
    tell_resolved: tuple[Channel, ...] = Field(
        (Channel.SMS, Channel.EMAIL),
        description="by which channels those who were told hear of the end; Slack and PagerDuty always do",
    )


class Routing(Model):
    """routing.yaml: the channels of each alert, and its look there."""

    alerts: AlertMessages = Field(default_factory=AlertMessages, description="what holds for all alerts")
    severities: Mapping[Severity, SeverityRoute] = Field(description="severity → its ways and looks")
    slack: SlackNames = Field(description="the names in Slack")
    categories: Mapping[Id, Id] = Field(
        default_factory=dict,
        description="category → the Slack channel of its own, a name of `slack.channels`",
    )
    also_tell: Mapping[Id, tuple[Id, ...]] = Field(
        default_factory=dict,
        description="severity or category → roles that hear at once, beside the first step's (A-1)",
    )

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if missing := [severity for severity in Severity if severity not in self.severities]:
            raise ValueError(f"severities lacks {missing[0]}")
        named = {*self.categories.values(), *(route.slack.channel for route in self.severities.values()), GENERAL}
        if unknown := sorted(named - set(self.slack.channels)):
            raise ValueError(f"slack.channels lacks {unknown[0]}")
        return self

    def slack_channel(self, severity: Severity, category: str) -> str:
        """Our name of the Slack channel: the severity's, or the category's own where the severity's is `general`."""
        own = self.severities[severity].slack.channel
        return self.categories.get(category, own) if own == GENERAL else own

    def channels(self, severity: Severity, kind: AlertKind) -> tuple[str, ...]:
        """The channels to which an alert goes at once (A-1); a notice never goes to PagerDuty (M-5)."""
        route = self.severities[severity]
        taken = {
            Channel.SMS: route.sms,
            Channel.SLACK: True,
            Channel.EMAIL: route.email,
            Channel.PAGERDUTY: route.pagerduty and kind is AlertKind.CONDITION,
        }
        return tuple(channel.value for channel, goes in taken.items() if goes)
