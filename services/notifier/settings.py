"""The notifier's environment (configuration.md)."""

from __future__ import annotations

from typing import ClassVar

from chassis.settings import (
    DatabaseSettings,
    KafkaSettings,
    PagerDutySettings,
    PublicUrlSettings,
    SendGridSettings,
    ServiceSettings,
    SlackSettings,
    TwilioSettings,
)


class NotifierSettings(
    ServiceSettings,
    DatabaseSettings,
    KafkaSettings,
    PublicUrlSettings,
    TwilioSettings,
    SendGridSettings,
    SlackSettings,
    PagerDutySettings,
):
    service: ClassVar[str] = "notifier"
