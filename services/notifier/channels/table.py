"""The table of the channels: whatever depends on a channel is asked here."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from config import Config
from events import Channel
from notifier.channels import (
    email,
    pagerduty,
    pagerduty_events,
    sendgrid,
    slack,
    slack_chat,
    slack_responses,
    sms,
    twilio,
)
from notifier.channels.provider import Provider
from notifier.channels.spec import ChannelSpec
from notifier.settings import NotifierSettings

CHANNELS: Final[Mapping[Channel, ChannelSpec]] = {
    Channel.SMS: sms.spec(twilio.TWILIO, twilio.open_sms),
    Channel.EMAIL: email.spec(sendgrid.SENDGRID, sendgrid.open_email),
    Channel.SLACK: slack.spec(slack_responses.SLACK, slack_chat.open_slack),
    Channel.PAGERDUTY: pagerduty.spec(pagerduty_events.PAGERDUTY, pagerduty_events.open_pagerduty),
}


def spec_of(channel: Channel) -> ChannelSpec:
    """The channel's row; raises LookupError for one that has none."""
    try:
        return CHANNELS[channel]
    except KeyError:
        raise LookupError(f"the channel {channel} has no row in the table") from None


def masked(channel: Channel, recipient: str) -> str:
    """The recipient as events, logs and lists show it (E-10)."""
    return spec_of(channel).mask(recipient)


def served_by(vendor: str) -> Collection[Channel]:
    """The channels whose messages this vendor takes."""
    return [channel for channel, spec in CHANNELS.items() if spec.vendor.name == vendor]


def open_providers(settings: NotifierSettings, config: Config) -> Mapping[Channel, Provider]:
    """A provider a channel; one that is not set up refuses, which is on record like any refusal."""
    return {channel: spec.open_provider(settings, config) for channel, spec in CHANNELS.items()}
