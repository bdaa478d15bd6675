"""The clients of the notifier's vendors, one pool of connections each."""

from __future__ import annotations

from chassis.http_client import VendorClient
from config import Config
from events import Channel
from notifier.channels.domain import Provider
from notifier.channels.sendgrid import SendGridAccount, SendGridEmail
from notifier.channels.twilio import STATUS_PATH, TwilioAccount, TwilioSms
from notifier.settings import NotifierSettings


class Vendors:
    """Twilio and SendGrid as the settings name them; `close` at the end."""

    def __init__(self, settings: NotifierSettings, config: Config) -> None:
        limits = {Channel(name.value): rules.timeout for name, rules in config.messages.channels.items()}
        self._clients = {
            Channel.SMS: VendorClient("twilio", settings.twilio_api_url, timeout=limits[Channel.SMS]),
            Channel.EMAIL: VendorClient("sendgrid", settings.sendgrid_api_url, timeout=limits[Channel.EMAIL]),
        }
        self.twilio = TwilioSms(self._clients[Channel.SMS], _twilio(settings))
        self.sendgrid = SendGridEmail(self._clients[Channel.EMAIL], _sendgrid(settings, config))

    def provider(self, channel: Channel) -> Provider:
        return self.twilio if channel is Channel.SMS else self.sendgrid

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()


def _twilio(settings: NotifierSettings) -> TwilioAccount:
    return TwilioAccount(
        sid=settings.twilio_account_sid,
        token=settings.twilio_auth_token,
        sender=settings.twilio_phone_number,
        callback_url=f"{settings.public_url}{STATUS_PATH}",
    )


def _sendgrid(settings: NotifierSettings, config: Config) -> SendGridAccount:
    return SendGridAccount(
        api_key=settings.sendgrid_api_key,
        from_email=settings.sendgrid_from_email,
        from_name=settings.sendgrid_from_name,
        reply_to=config.brand.senders.reply_to,
    )
