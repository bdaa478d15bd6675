"""A process's settings: environment variables (or `NAME_FILE`) as typed values, checked at start (O-13).

A service composes its own class from `HostSettings` and the groups that it needs, so that no process holds a secret of
another::

    class CheckoutSettings(HostSettings, StripeSettings):
        service: ClassVar[str] = "checkout"

    settings = CheckoutSettings.from_environ(os.environ)

The classes are the only list of what an installation may set: `listing` makes the allow-list of each process,
    .env.example and docs/configuration.md from them.
"""

from __future__ import annotations

from chassis.settings.base import (
    EnvironSettings,
    Mode,
    ModeSettings,
    Section,
    exit_when_misconfigured,
)
from chassis.settings.external import PaypalSettings, SquareSettings
from chassis.settings.forms import CommaList, CommaSecrets, DatabaseUrl, HttpUrl, Networks, Seconds, is_loopback
from chassis.settings.groups import (
    CheckoutAddressSettings,
    CurrencySettings,
    DatabaseSettings,
    DomainSettings,
    EncryptionSettings,
    HostSettings,
    InventoryClientSettings,
    KafkaSettings,
    ListeningSettings,
    PublicUrlSettings,
    SandboxUrlSettings,
    ServiceSettings,
    TelemetrySettings,
    TicketSigningSettings,
    TicketVerifyingSettings,
    TimeZoneSettings,
    TokenSigningSettings,
)
from chassis.settings.vendors import (
    SANDBOX_STAND_INS,
    PagerDutySettings,
    SendGridSettings,
    SlackSettings,
    StripeSettings,
    TwilioSettings,
)
from chassis.variables import SettingsError

__all__ = [
    "SANDBOX_STAND_INS",
    "CheckoutAddressSettings",
    "CommaList",
    "CommaSecrets",
    "CurrencySettings",
    "DatabaseSettings",
    "DatabaseUrl",
    "DomainSettings",
    "EncryptionSettings",
    "EnvironSettings",
    "HostSettings",
    "HttpUrl",
    "InventoryClientSettings",
    "KafkaSettings",
    "ListeningSettings",
    "Mode",
    "ModeSettings",
    "Networks",
    "PagerDutySettings",
    "PaypalSettings",
    "PublicUrlSettings",
    "SandboxUrlSettings",
    "Seconds",
    "Section",
    "SendGridSettings",
    "ServiceSettings",
    "SettingsError",
    "SlackSettings",
    "SquareSettings",
    "StripeSettings",
    "TelemetrySettings",
    "TicketSigningSettings",
    "TicketVerifyingSettings",
    "TimeZoneSettings",
    "TokenSigningSettings",
    "TwilioSettings",
    "exit_when_misconfigured",
    "is_loopback",
]
