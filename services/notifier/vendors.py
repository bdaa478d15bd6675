"""The clients of the notifier's vendors, one pool of connections each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from pydantic import SecretStr

from chassis.http_client import VendorClient
from config import Config
from events import Channel
from notifier.channels.domain import Provider
from notifier.channels.pagerduty import DEFAULT_KEY, PagerDutyEvents
from notifier.channels.sendgrid import SendGridAccount, SendGridEmail
from notifier.channels.slack import SlackAccount, SlackChat
from notifier.channels.twilio import STATUS_PATH, TwilioAccount, TwilioSms
from notifier.settings import NotifierSettings


class Vendors:
    """Twilio, SendGrid, Slack and PagerDuty as the settings name them; `close` at the end."""

    def __init__(self, settings: NotifierSettings, config: Config) -> None:
        limits = {Channel(name.value): rules.timeout for name, rules in config.messages.channels.items()}
        twilio = VendorClient("twilio", settings.twilio_api_url, timeout=limits[Channel.SMS])
        sendgrid = VendorClient("sendgrid", settings.sendgrid_api_url, timeout=limits[Channel.EMAIL])
        slack = VendorClient("slack", settings.slack_api_url, timeout=limits[Channel.SLACK])
        hooks = VendorClient("slack", "", timeout=limits[Channel.SLACK])
        pagerduty = VendorClient("pagerduty", settings.pagerduty_events_url, timeout=limits[Channel.PAGERDUTY])
        self._clients = (twilio, sendgrid, slack, hooks, pagerduty)
        self.twilio = TwilioSms(twilio, _twilio(settings))
        self.sendgrid = SendGridEmail(sendgrid, _sendgrid(settings, config))
        self.slack = SlackChat(slack, hooks, _slack(settings))
        self.pagerduty = PagerDutyEvents(pagerduty, _pagerduty_keys(settings))

    def provider(self, channel: Channel) -> Provider:
        """The way out of a channel; one that is not set up refuses, which is on record like any refusal."""
        providers: dict[Channel, Provider] = {
            Channel.SMS: self.twilio,
            Channel.EMAIL: self.sendgrid,
            Channel.SLACK: self.slack,
            Channel.PAGERDUTY: self.pagerduty,
        }
        return providers[channel]

    @property
    def pings(self) -> dict[str, Callable[[], Awaitable[None]]]:
        """Free calls that show whether an account can send (N-9); PagerDuty's Events API and webhooks have none."""
        pings: dict[str, Callable[[], Awaitable[None]]] = {"twilio": self.twilio.ping, "sendgrid": self.sendgrid.ping}
        return {**pings, "slack": self.slack.ping} if self.slack.updates else pings

    async def close(self) -> None:
        for client in self._clients:
            await client.close()


def _twilio(settings: NotifierSettings) -> TwilioAccount:
    return TwilioAccount(
        sid=settings.twilio_account_sid,
        token=settings.twilio_auth_token,
        sender=settings.twilio_phone_number,
        callback_url=f"{settings.public_url}{STATUS_PATH}",
    )


def _slack(settings: NotifierSettings) -> SlackAccount:
    return SlackAccount(token=settings.slack_bot_token, hooks=settings.slack_webhooks)


def _pagerduty_keys(settings: NotifierSettings) -> dict[str, SecretStr]:
    keys = {
        DEFAULT_KEY: settings.pagerduty_routing_key,
        "critical": settings.pagerduty_routing_key_critical,
        "error": settings.pagerduty_routing_key_error,
        "warning": settings.pagerduty_routing_key_warning,
        "info": settings.pagerduty_routing_key_info,
    }
    return {name: key for name, key in keys.items() if key is not None}


def _sendgrid(settings: NotifierSettings, config: Config) -> SendGridAccount:
    return SendGridAccount(
        api_key=settings.sendgrid_api_key,
        from_email=settings.sendgrid_from_email,
        from_name=settings.sendgrid_from_name,
        reply_to=config.brand.reply_to,
    )
