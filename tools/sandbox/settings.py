"""The sandbox's settings, from the environment (spec: configuration.md)."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chassis.errors import Misconfigured
from chassis.settings import SANDBOX_STAND_INS

VENDORS = ("stripe", "twilio", "sendgrid", "slack", "pagerduty")
_SLACK_WEBHOOKS = {
    "SLACK_WEBHOOK_URL": "#alerts", "SLACK_CRITICAL_WEBHOOK": "#critical-alerts",
    "SLACK_INVENTORY_WEBHOOK": "#inventory-alerts", "SLACK_PAYMENTS_WEBHOOK": "#payment-alerts",
}  # fmt: skip
"""Slack binds an incoming webhook to one channel: these are A-1's."""
_PAGERDUTY_KEYS = tuple(
    f"PAGERDUTY_ROUTING_KEY{severity}" for severity in ("", "_CRITICAL", "_ERROR", "_WARNING", "_INFO")
)
LIKE_STRIPE_LATENCY = 2.4
"""Seconds: what Stripe takes for a session (S-5)."""
LIKE_STRIPE_RATE = 25.0
"""Calls a second and endpoint (S-5)."""


class SettingsError(Misconfigured):
    """A sentence that says what to do."""


@dataclass(frozen=True, slots=True)
class SandboxSettings:
    """A vendor whose credential is empty refuses everyone. URLs carry no slash at their end.

    `slack_webhooks`: the channel of each incoming webhook, by its path. `state_file`: where everything is kept; without
    one it is gone with the process.
    """

    url: str
    public_url: str
    callback_urls: Mapping[str, str] = field(default_factory=dict)
    password: str | None = field(default=None, repr=False)
    business_name: str = "Fullhouse"
    timezone: str = "UTC"
    like_stripe: bool = False
    state_file: Path | None = None
    stripe_keys: tuple[str, ...] = field(default=(), repr=False)
    stripe_webhook_secret: str = field(default="", repr=False)
    stripe_events: str = "snapshot"
    twilio_account_sid: str = ""
    twilio_auth_token: str = field(default="", repr=False)
    twilio_phone_number: str = ""
    sendgrid_api_key: str = field(default="", repr=False)
    sendgrid_from_email: str = ""
    sendgrid_signing_key: str = field(default="", repr=False)
    slack_webhooks: Mapping[str, str] = field(default_factory=dict, repr=False)
    slack_bot_token: str = field(default="", repr=False)
    slack_signing_secret: str = field(default="", repr=False)
    pagerduty_keys: tuple[str, ...] = field(default=(), repr=False)
    pagerduty_webhook_secret: str = field(default="", repr=False)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> SandboxSettings:
        """Raises SettingsError."""
        read = _Reader(environ)
        _check_mode(read("FULLHOUSE_MODE"))
        return cls(
            url=read.url("SANDBOX_URL"),
            public_url=read.url("PUBLIC_URL"),
            callback_urls=_callback_urls(read),
            password=read("SANDBOX_PASSWORD") or None,
            business_name=read("SANDBOX_BUSINESS_NAME") or read("SENDGRID_FROM_NAME") or "Fullhouse",
            timezone=read.timezone("BUSINESS_TIMEZONE"),
            like_stripe=read("SANDBOX_LIKE_STRIPE") in ("1", "true", "yes"),
            state_file=Path(path) if (path := read("SANDBOX_STATE_FILE")) else None,
            stripe_keys=_stripe_keys(read),
            stripe_webhook_secret=read("STRIPE_WEBHOOK_SECRET").split(",")[0].strip(),
            stripe_events=read.one_of("SANDBOX_STRIPE_EVENTS", ("snapshot", "thin", "both")),
            twilio_account_sid=read("TWILIO_ACCOUNT_SID"),
            twilio_auth_token=read("TWILIO_AUTH_TOKEN"),
            twilio_phone_number=read("TWILIO_PHONE_NUMBER"),
            sendgrid_api_key=read("SENDGRID_API_KEY"),
            sendgrid_from_email=read("SENDGRID_FROM_EMAIL"),
            sendgrid_signing_key=read("SANDBOX_SENDGRID_SIGNING_KEY"),
            slack_webhooks=_slack_webhooks(read),
            slack_bot_token=read("SLACK_BOT_TOKEN"),
            slack_signing_secret=read("SLACK_SIGNING_SECRET"),
            pagerduty_keys=tuple(key for name in _PAGERDUTY_KEYS if (key := read(name))),
            pagerduty_webhook_secret=read("PAGERDUTY_WEBHOOK_SECRET"),
        )

    def callback_url(self, vendor: str, url: str) -> str:
        """Where a callback goes: to `url`, or to the same path below the vendor's own base where one is set."""
        base = self.callback_urls.get(vendor)
        if base is None or not url.startswith(self.public_url):
            return url
        return base + url[len(self.public_url) :]


class _Reader:
    """Reads `NAME`, or the file that `NAME_FILE` names, or what the services use in sandbox mode when neither is set.

    Those values are known to everybody, so a sandbox that others can reach (by its password) doesn't take them.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def __call__(self, name: str) -> str:
        path = self._environ.get(f"{name}_FILE")
        if path:
            return Path(path).read_text(encoding="utf-8").strip()
        value = self._environ.get(name, "").strip()
        if value or self._environ.get("SANDBOX_PASSWORD") or self._environ.get("SANDBOX_PASSWORD_FILE"):
            return value
        return SANDBOX_STAND_INS.get(name, "")

    def url(self, name: str) -> str:
        value = self(name).rstrip("/")
        if urlsplit(value).scheme not in ("http", "https"):
            raise SettingsError(
                f"{name} must be an http or https URL. Set it, for example {name}=http://127.0.0.1:8090."
            )
        return value

    def timezone(self, name: str) -> str:
        value = self(name) or "UTC"
        try:
            return ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingsError(f"{name} is {value!r}. Set it to an IANA name such as America/Chicago.") from error

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        value = self(name) or choices[0]
        if value not in choices:
            raise SettingsError(f"{name} is {value!r}. Set it to one of {', '.join(choices)}, or leave it out.")
        return value


def _check_mode(mode: str) -> None:
    if mode != "sandbox":
        raise SettingsError(
            "The sandbox only runs where no real money can be meant. Set FULLHOUSE_MODE=sandbox, or don't start it."
        )


def _callback_urls(read: _Reader) -> dict[str, str]:
    general = read("SANDBOX_CALLBACK_URL").rstrip("/")
    bases = {vendor: read(f"SANDBOX_CALLBACK_URL_{vendor.upper()}").rstrip("/") or general for vendor in VENDORS}
    return {vendor: base for vendor, base in bases.items() if base}


def _slack_webhooks(read: _Reader) -> dict[str, str]:
    given = {urlsplit(read(name)).path: channel for name, channel in _SLACK_WEBHOOKS.items()}
    return {path: channel for path, channel in given.items() if path}


def _stripe_keys(read: _Reader) -> tuple[str, ...]:
    keys = [read("STRIPE_SECRET_KEY"), read("SYNTHETIC_STRIPE_SECRET_KEY")]
    if any(key.startswith("sk_live_") for key in keys):
        raise SettingsError(
            "STRIPE_SECRET_KEY is a live key. The sandbox takes none: set a key that starts with sk_test_."
        )
    return tuple(key for key in keys if key)


def is_loopback(address: str) -> bool:
    """Whether the address (or the name `localhost`) is this machine's own."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
