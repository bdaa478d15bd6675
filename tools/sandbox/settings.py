"""What the sandbox reads from its environment: the vendors' variables as the services have them, and its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Final, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, field_validator

from chassis.settings import (
    SANDBOX_STAND_INS,
    HttpUrl,
    ListeningSettings,
    Mode,
    PublicUrlSettings,
    SandboxUrlSettings,
    Section,
    TelemetrySettings,
    TimeZoneSettings,
)
from chassis.variables import comma_list

LIKE_STRIPE_LATENCY: Final = 2.4
"""Seconds: what Stripe takes for a session (S-5)."""
LIKE_STRIPE_RATE: Final = 25.0
"""Calls a second and endpoint (S-5)."""


def _switch(value: object) -> object:
    return value in ("1", "true", "yes") if isinstance(value, str) else value


def _first(value: object) -> object:
    """What a vendor has: our services may know a second value while one is put in another's place."""
    return next(iter(comma_list(value)), "") if isinstance(value, str) else value


Secret = Annotated[str, Field(repr=False)]
FirstSecret = Annotated[str, BeforeValidator(_first), Field(repr=False)]


class CallbackSettings(PublicUrlSettings):
    """Where the vendors' stand-ins call back: at PUBLIC_URL, or straight at a service."""

    section: ClassVar[Section] = Section.SANDBOX

    sandbox_callback_url: HttpUrl | None = Field(
        None, description="the address that callbacks go to, straight to a service instead of to PUBLIC_URL"
    )
    sandbox_callback_url_stripe: HttpUrl | None = Field(None, description="the same for Stripe's callbacks only")
    sandbox_callback_url_twilio: HttpUrl | None = Field(None, description="the same for Twilio's callbacks only")
    sandbox_callback_url_sendgrid: HttpUrl | None = Field(None, description="the same for SendGrid's callbacks only")
    sandbox_callback_url_slack: HttpUrl | None = Field(None, description="the same for Slack's callbacks only")
    sandbox_callback_url_pagerduty: HttpUrl | None = Field(None, description="the same for PagerDuty's callbacks only")
    sandbox_callback_url_paypal: HttpUrl | None = Field(None, description="the same for PayPal's callbacks only")
    sandbox_callback_url_square: HttpUrl | None = Field(None, description="the same for Square's callbacks only")

    def callback_url(self, vendor: str, url: str) -> str:
        """Where a callback goes: to `url`, or to the same path below the vendor's own base where one is set."""
        base = self._callback_bases()[vendor] or self.sandbox_callback_url
        if base is None or not url.startswith(self.public_url):
            return url
        return base + url[len(self.public_url) :]

    def _callback_bases(self) -> dict[str, str | None]:
        return {
            "stripe": self.sandbox_callback_url_stripe,
            "twilio": self.sandbox_callback_url_twilio,
            "sendgrid": self.sandbox_callback_url_sendgrid,
            "slack": self.sandbox_callback_url_slack,
            "pagerduty": self.sandbox_callback_url_pagerduty,
            "paypal": self.sandbox_callback_url_paypal,
            "square": self.sandbox_callback_url_square,
        }


class AccountSettings(SandboxUrlSettings):
    """The credentials that the stand-ins know, as the services have them. A vendor without any refuses everyone."""

    section: ClassVar[Section] = Section.SANDBOX
    stand_ins: ClassVar[Mapping[str, str]] = SANDBOX_STAND_INS

    stripe_secret_key: Secret = Field("", description="the key that Stripe's stand-in takes, sk_test_…")
    stripe_client_id: str = Field("", description="the platform that Stripe's stand-in lets accounts connect to, ca_…")
    stripe_webhook_secret: FirstSecret = Field("", description="the secret with which Stripe's stand-in signs")
    twilio_account_sid: str = Field("", description="the account that Twilio's stand-in knows")
    twilio_auth_token: FirstSecret = Field("", description="the token that Twilio's stand-in takes, and signs with")
    twilio_phone_number: str = Field("", description="the number that Twilio's stand-in sends from")
    sendgrid_api_key: Secret = Field("", description="the key that SendGrid's stand-in takes")
    sendgrid_from_email: str = Field("", description="the sender that SendGrid's stand-in has verified")
    sendgrid_from_name: str = Field("", description="the sender's name, on the pay page too")
    slack_webhook_url: Secret = Field("", description="the webhook of Slack's general channel")
    slack_critical_webhook: Secret = Field("", description="the webhook of Slack's channel for critical alerts")
    slack_inventory_webhook: Secret = Field("", description="the webhook of Slack's channel for stock")
    slack_payments_webhook: Secret = Field("", description="the webhook of Slack's channel for payments")
    slack_bot_token: Secret = Field("", description="the bot's token that Slack's stand-in takes")
    slack_signing_secret: FirstSecret = Field("", description="the secret with which Slack's stand-in signs")
    pagerduty_routing_key: Secret = Field("", description="a key that PagerDuty's stand-in takes")
    pagerduty_routing_key_critical: Secret = Field("", description="a key that PagerDuty's stand-in takes")
    pagerduty_routing_key_error: Secret = Field("", description="a key that PagerDuty's stand-in takes")
    pagerduty_routing_key_warning: Secret = Field("", description="a key that PagerDuty's stand-in takes")
    pagerduty_routing_key_info: Secret = Field("", description="a key that PagerDuty's stand-in takes")
    pagerduty_webhook_secret: FirstSecret = Field("", description="the secret with which PagerDuty's stand-in signs")
    paypal_client_id: str = Field("", description="the platform's own app that PayPal's stand-in knows")
    paypal_client_secret: Secret = Field("", description="that app's secret")
    square_application_id: str = Field("", description="the application that Square's stand-in knows")
    square_application_secret: Secret = Field("", description="that application's secret")
    square_access_token: Secret = Field("", description="that application's own access token, for its webhooks")

    @field_validator("stripe_secret_key")
    @classmethod
    def _no_real_money(cls, key: str) -> str:
        if key.startswith("sk_live_"):
            raise ValueError("it is a live key. The sandbox takes none: set a key that starts with sk_test_")
        return key

    @property
    def stripe_keys(self) -> tuple[str, ...]:
        return (self.stripe_secret_key,) if self.stripe_secret_key else ()

    @property
    def slack_webhooks(self) -> dict[str, str]:
        """The channel of each incoming webhook, by its path: Slack binds one to a channel, and these are A-1's."""
        channels = {
            self.slack_webhook_url: "#alerts",
            self.slack_critical_webhook: "#critical-alerts",
            self.slack_inventory_webhook: "#inventory-alerts",
            self.slack_payments_webhook: "#payment-alerts",
        }
        return {urlsplit(url).path: channel for url, channel in channels.items() if url}

    @property
    def pagerduty_keys(self) -> tuple[str, ...]:
        keys = (
            self.pagerduty_routing_key,
            self.pagerduty_routing_key_critical,
            self.pagerduty_routing_key_error,
            self.pagerduty_routing_key_warning,
            self.pagerduty_routing_key_info,
        )
        return tuple(key for key in keys if key)


class SandboxSettings(ListeningSettings, TelemetrySettings, TimeZoneSettings, AccountSettings, CallbackSettings):
    """What the sandbox needs."""

    section: ClassVar[Section] = Section.SANDBOX

    sandbox_url: HttpUrl = Field(description="the sandbox's own address, such as http://127.0.0.1:8090")
    sandbox_password: str | None = Field(
        None, repr=False, description="the password that opens the sandbox to others than this machine"
    )
    sandbox_business_name: str = Field("", description="the name on its pay page, instead of SENDGRID_FROM_NAME")
    sandbox_like_stripe: Annotated[bool, BeforeValidator(_switch)] = Field(
        default=False, description="1 for Stripe's own pace: 2.4 s a session, 25 calls a second and endpoint"
    )
    sandbox_state_file: Path | None = Field(
        None, description="the file (SQLite) that keeps all it knows; without one it is gone with the process"
    )
    sandbox_stripe_events: Literal["snapshot", "thin", "both"] = Field(
        "snapshot", description="what Stripe's stand-in sends: snapshot, thin or both"
    )
    sandbox_sendgrid_signing_key: Secret = Field(
        "", description="the key with which SendGrid's stand-in signs receipts, base64 of a PKCS#8 DER (P-256)"
    )

    @field_validator("fullhouse_mode", mode="before")
    @classmethod
    def _sandbox_mode(cls, mode: object) -> object:
        if mode != Mode.SANDBOX:
            raise ValueError(
                "the sandbox only runs where no real money can be meant. Set FULLHOUSE_MODE=sandbox, or don't start it"
            )
        return mode

    @classmethod
    def stood_in(cls, given: Mapping[str, str]) -> dict[str, str]:
        """Nobody's credentials, where others can reach the sandbox by its password: the stand-ins are known to all."""
        found = super().stood_in(given)
        if "sandbox_password" not in given:
            return found
        return {field: value for field, value in found.items() if field.upper() not in SANDBOX_STAND_INS}

    @property
    def business_name(self) -> str:
        return self.sandbox_business_name or self.sendgrid_from_name or "Fullhouse"

    @property
    def timezone(self) -> str:
        return self.business_timezone.key
