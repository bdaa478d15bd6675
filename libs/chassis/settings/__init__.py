"""Settings of a process: environment variables (or `NAME_FILE`) as typed values, checked at start (O-13).

A service composes its own from `HostSettings` and the groups it needs, so that no process holds a secret that is
not its own::

    class CheckoutSettings(HostSettings, StripeSettings):
        service: ClassVar[str] = "checkout"

    settings = CheckoutSettings.from_environ(os.environ)
"""

from __future__ import annotations

from chassis.settings.base import EnvironSettings, Mode, SettingsError, exit_when_misconfigured
from chassis.settings.groups import (
    DatabaseSettings,
    HostSettings,
    HttpUrl,
    InventoryClientSettings,
    KafkaSettings,
    PublicUrlSettings,
    SandboxSettings,
    ServiceSettings,
    TicketSigningSettings,
    TicketVerifyingSettings,
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

__all__ = [
    "SANDBOX_STAND_INS",
    "DatabaseSettings",
    "EnvironSettings",
    "HostSettings",
    "HttpUrl",
    "InventoryClientSettings",
    "KafkaSettings",
    "Mode",
    "PagerDutySettings",
    "PublicUrlSettings",
    "SandboxSettings",
    "SendGridSettings",
    "ServiceSettings",
    "SettingsError",
    "SlackSettings",
    "StripeSettings",
    "TicketSigningSettings",
    "TicketVerifyingSettings",
    "TokenSigningSettings",
    "TwilioSettings",
    "exit_when_misconfigured",
]
