"""The notifier's environment (configuration.md)."""

from __future__ import annotations

from typing import ClassVar

from chassis.settings import (
    DatabaseSettings,
    KafkaSettings,
    PublicUrlSettings,
    SendGridSettings,
    ServiceSettings,
    TwilioSettings,
)


class NotifierSettings(
    ServiceSettings, DatabaseSettings, KafkaSettings, PublicUrlSettings, TwilioSettings, SendGridSettings
):
    service: ClassVar[str] = "notifier"
