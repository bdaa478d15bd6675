"""The vendors' variables, and the sandbox's values for those that are not set.

A stand-in credential is recognisable by its form: a process that gets one (from `make up`) uses the sandbox, and the
modes test and live refuse it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Final, Self

from pydantic import Field, SecretStr, model_validator

from chassis.emails import EmailAddress
from chassis.settings.base import Mode, Section
from chassis.settings.forms import CommaList, CommaSecrets, Phone, Phones
from chassis.settings.groups import SandboxUrlSettings, TimeZoneSettings

SANDBOX_STAND_INS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "STRIPE_SECRET_KEY": "sk_test_sandbox",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_sandbox",
        "STRIPE_WEBHOOK_SECRET": "whsec_sandbox",
        "STRIPE_CLIENT_ID": "ca_sandbox",
        "TWILIO_ACCOUNT_SID": "ACfeed0000000000000000000000000000",
        "TWILIO_AUTH_TOKEN": "sandbox",
        "TWILIO_PHONE_NUMBER": "+13525550199",
        "SMS_TARGET_NUMBERS": "+13525550100,+18135550101",
        "SENDGRID_API_KEY": "SG.sandbox.sandbox",
        "SENDGRID_FROM_EMAIL": "tickets@example.com",
        "SENDGRID_FROM_NAME": "6FB Workshops",
        "SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/TSANDBOX00/BSANDBOX00/sandbox",
        "SLACK_BOT_TOKEN": "xoxb-sandbox",
        "SLACK_SIGNING_SECRET": "sandbox",
        "PAGERDUTY_ROUTING_KEY": "sandbox0000000000000000000000000",
        "PAGERDUTY_WEBHOOK_SECRET": "sandbox",
        "PAYPAL_CLIENT_ID": "sandbox-paypal",
        "PAYPAL_CLIENT_SECRET": "sandbox",
        "SQUARE_APPLICATION_ID": "sandbox-sq0idb-sandbox",
        "SQUARE_APPLICATION_SECRET": "sandbox-sq0csb-sandbox",
        "SQUARE_ACCESS_TOKEN": "EAAAsandbox",
    }
)

_SLACK_BOT: Final = "xoxb-sandbox"
_SLACK_HOST: Final = "https://hooks.slack.com"
_SLACK_HOOK: Final = f"{_SLACK_HOST}/services/TSANDBOX00/"
_PAGERDUTY_KEY: Final = "sandbox"
_STRIPE_KEY: Final = re.compile(r"^(sk|rk)_(test|live)_\w+$")


def _stand_ins(prefix: str) -> Mapping[str, str]:
    return {name: value for name, value in SANDBOX_STAND_INS.items() if name.startswith(prefix)}


class StripeSettings(SandboxUrlSettings):
    """The account with which payments are taken."""

    section: ClassVar[Section] = Section.STRIPE
    stand_ins: ClassVar[Mapping[str, str]] = _stand_ins("STRIPE_")

    stripe_secret_key: SecretStr = Field(description="Stripe's secret key, sk_live_… in live mode, else sk_test_…")
    stripe_publishable_key: str | None = Field(None, description="Stripe's publishable key, pk_… of the same mode")
    stripe_webhook_secret: CommaSecrets = Field(
        min_length=1,
        description="the signing secret (whsec_…) of Stripe's webhooks; two, comma-separated, during a rotation",
    )
    stripe_connect_webhook_secret: CommaSecrets = Field(
        (),
        description="that of the endpoint for accounts connected to ours (/api/webhooks/stripe/connect); two as above",
    )

    stripe_client_id: str = Field("", description="Stripe's id of our platform, to which accounts connect, ca_…")

    @property
    def stripe_connect_url(self) -> str:
        """Base address of Stripe's OAuth, without a slash at the end; paths begin with /oauth."""
        return f"{self.sandbox_url}/stripe" if self._stripe_is_sandbox else "https://connect.stripe.com"

    @property
    def stripe_api_url(self) -> str:
        """Base address of Stripe's API, without a slash at the end; paths begin with /v1."""
        return f"{self.sandbox_url}/stripe" if self._stripe_is_sandbox else "https://api.stripe.com"

    @property
    def stripe_livemode(self) -> bool:
        """What `livemode` of our own events must be (C-4)."""
        return self.mode is Mode.LIVE

    @property
    def _stripe_is_sandbox(self) -> bool:
        return self.stripe_secret_key.get_secret_value().startswith("sk_test_sandbox")

    @model_validator(mode="after")
    def _stripe_fits_mode(self) -> Self:
        found = _STRIPE_KEY.match(self.stripe_secret_key.get_secret_value())
        wanted = "live" if self.mode is Mode.LIVE else "test"
        if not found or found[2] != wanted or (self._stripe_is_sandbox and not self.sandboxed):
            raise ValueError(
                f"STRIPE_SECRET_KEY is wrong: in {self.mode} mode it must be a key sk_{wanted}_… of Stripe's."
            )
        if self.stripe_publishable_key and not self.stripe_publishable_key.startswith(f"pk_{wanted}_"):
            raise ValueError(f"STRIPE_PUBLISHABLE_KEY is wrong: in {self.mode} mode it must begin with pk_{wanted}_.")
        for name, secrets in {
            "STRIPE_WEBHOOK_SECRET": self.stripe_webhook_secret,
            "STRIPE_CONNECT_WEBHOOK_SECRET": self.stripe_connect_webhook_secret,
        }.items():
            if not all(secret.get_secret_value().startswith("whsec_") for secret in secrets):
                raise ValueError(f"{name} is wrong: each secret begins with whsec_.")
        return self


class TwilioSettings(TimeZoneSettings, SandboxUrlSettings):
    """The account and numbers with which SMS are sent."""

    section: ClassVar[Section] = Section.TWILIO
    stand_ins: ClassVar[Mapping[str, str]] = {**_stand_ins("TWILIO_"), **_stand_ins("SMS_")}

    twilio_account_sid: str = Field(
        pattern=r"^AC[0-9a-f]{32}$", description="Twilio's account id, AC and 32 hex digits"
    )
    twilio_auth_token: CommaSecrets = Field(
        min_length=1,
        description="Twilio's auth token, which also signs their callbacks; two, comma-separated, during a rotation",
    )
    twilio_phone_number: Phone = Field(description="the number that SMS are sent from, such as +1-352-555-0199")
    sms_target_numbers: Phones = Field(
        min_length=1, description="the owners' numbers for sale SMS, comma-separated; the first gets test messages"
    )

    @property
    def twilio_api_url(self) -> str:
        """Base address of Twilio's API; paths begin with /2010-04-01."""
        return f"{self.sandbox_url}/twilio" if self._twilio_is_sandbox else "https://api.twilio.com"

    @property
    def _twilio_is_sandbox(self) -> bool:
        return self.twilio_account_sid.startswith("ACfeed0000")

    @model_validator(mode="after")
    def _twilio_fits_mode(self) -> Self:
        if self._twilio_is_sandbox and not self.sandboxed:
            raise ValueError(f"TWILIO_ACCOUNT_SID is wrong: it is the sandbox's, and this is {self.mode} mode.")
        return self


class SendGridSettings(SandboxUrlSettings):
    """The account and address with which e-mails are sent."""

    section: ClassVar[Section] = Section.EMAIL
    stand_ins: ClassVar[Mapping[str, str]] = _stand_ins("SENDGRID_")

    sendgrid_api_key: SecretStr = Field(description="SendGrid's API key, SG.…")
    sendgrid_from_email: EmailAddress = Field(description="the e-mail address of the sender")
    sendgrid_from_name: str = Field(min_length=1, description="the name of the e-mail's sender")
    sendgrid_webhook_public_key: CommaList = Field(
        (),
        description="the key with which SendGrid signs its event webhooks, base64; two, comma-separated, during a "
        "rotation",
    )

    @property
    def sendgrid_api_url(self) -> str:
        """Base address of SendGrid's API; paths begin with /v3."""
        return f"{self.sandbox_url}/sendgrid" if self._sendgrid_is_sandbox else "https://api.sendgrid.com"

    @property
    def _sendgrid_is_sandbox(self) -> bool:
        return self.sendgrid_api_key.get_secret_value().startswith("SG.sandbox")

    @model_validator(mode="after")
    def _sendgrid_fits_mode(self) -> Self:
        if not self.sendgrid_api_key.get_secret_value().startswith("SG."):
            raise ValueError("SENDGRID_API_KEY is wrong: SendGrid's keys begin with SG.")
        if self._sendgrid_is_sandbox and not self.sandboxed:
            raise ValueError(f"SENDGRID_API_KEY is wrong: it is the sandbox's, and this is {self.mode} mode.")
        return self


class SlackSettings(SandboxUrlSettings):
    """How Slack is reached.

    All are optional: without a bot token messages go to the incoming webhooks, without these nowhere.
    """

    section: ClassVar[Section] = Section.ON_CALL
    stand_ins: ClassVar[Mapping[str, str]] = _stand_ins("SLACK_")

    slack_webhook_url: SecretStr | None = Field(None, description="Slack's incoming webhook of the general channel")
    slack_critical_webhook: SecretStr | None = Field(
        None, description="Slack's incoming webhook for critical alerts, instead of the general one"
    )
    slack_inventory_webhook: SecretStr | None = Field(
        None, description="Slack's incoming webhook for stock, instead of the general one"
    )
    slack_payments_webhook: SecretStr | None = Field(
        None, description="Slack's incoming webhook for payments, instead of the general one"
    )
    slack_bot_token: SecretStr | None = Field(
        None, description="Slack's bot token, xoxb-…, with which messages are updated in place"
    )
    slack_signing_secret: CommaSecrets = Field(
        (),
        description="the secret with which Slack signs its callbacks, for buttons; two, comma-separated, during a "
        "rotation",
    )

    @property
    def slack_api_url(self) -> str:
        """Base address of Slack's API; paths begin with /api/chat.postMessage."""
        return f"{self.sandbox_url}/slack" if _holds(self.slack_bot_token, _SLACK_BOT) else "https://slack.com"

    @property
    def slack_webhooks(self) -> Mapping[str, SecretStr]:
        """By channel (general, critical, inventory, payments): the addresses to post to; those that are set."""
        return {name: self._reachable(url) for name, url in self._slack_given().items()}

    def _slack_given(self) -> dict[str, SecretStr]:
        named = {
            "general": self.slack_webhook_url, "critical": self.slack_critical_webhook,
            "inventory": self.slack_inventory_webhook, "payments": self.slack_payments_webhook,
        }  # fmt: skip
        return {name: url for name, url in named.items() if url is not None}

    def _reachable(self, url: SecretStr) -> SecretStr:
        given = url.get_secret_value()
        if not given.startswith(_SLACK_HOOK):
            return url
        return SecretStr(f"{self.sandbox_url}/slack{given.removeprefix(_SLACK_HOST)}")

    @model_validator(mode="after")
    def _slack_fits_mode(self) -> Self:
        bot = self.slack_bot_token
        if bot is not None and not bot.get_secret_value().startswith("xoxb-"):
            raise ValueError("SLACK_BOT_TOKEN is wrong: a bot's token begins with xoxb-.")
        if not self.sandboxed and _holds(bot, _SLACK_BOT):
            raise ValueError(f"SLACK_BOT_TOKEN is wrong: it is the sandbox's, and this is {self.mode} mode.")
        if not self.sandboxed and any(_holds(url, _SLACK_HOOK) for url in self._slack_given().values()):
            raise ValueError(f"A webhook of Slack is wrong: it is the sandbox's, and this is {self.mode} mode.")
        return self


class PagerDutySettings(SandboxUrlSettings):
    """How PagerDuty is reached. All optional: without a routing key nobody is paged."""

    section: ClassVar[Section] = Section.ON_CALL
    stand_ins: ClassVar[Mapping[str, str]] = _stand_ins("PAGERDUTY_")

    pagerduty_routing_key: SecretStr | None = Field(
        None, description="the integration key of PagerDuty's Events API v2"
    )
    pagerduty_routing_key_critical: SecretStr | None = Field(
        None, description="PagerDuty's key for critical alerts, instead of the general one"
    )
    pagerduty_routing_key_error: SecretStr | None = Field(
        None, description="PagerDuty's key for high alerts, instead of the general one"
    )
    pagerduty_routing_key_warning: SecretStr | None = Field(
        None, description="PagerDuty's key for medium alerts, instead of the general one"
    )
    pagerduty_routing_key_info: SecretStr | None = Field(
        None, description="PagerDuty's key for low alerts, instead of the general one"
    )
    pagerduty_webhook_secret: CommaSecrets = Field(
        (), description="the secret of PagerDuty's webhooks v3; two, comma-separated, during a rotation"
    )

    @property
    def pagerduty_events_url(self) -> str:
        """Base address of the Events API; its one path is /v2/enqueue."""
        sandboxed = self.sandboxed and _holds(self.pagerduty_routing_key, _PAGERDUTY_KEY)
        return f"{self.sandbox_url}/pagerduty" if sandboxed else "https://events.pagerduty.com"

    @model_validator(mode="after")
    def _pagerduty_fits_mode(self) -> Self:
        if not self.sandboxed and _holds(self.pagerduty_routing_key, _PAGERDUTY_KEY):
            raise ValueError(f"PAGERDUTY_ROUTING_KEY is wrong: it is the sandbox's, and this is {self.mode} mode.")
        return self


def _holds(secret: SecretStr | None, start: str) -> bool:
    return secret is not None and secret.get_secret_value().startswith(start)
