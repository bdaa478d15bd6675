"""The notifier's environment (configuration.md)."""

from __future__ import annotations

from typing import ClassVar

from chassis.settings import (
    HostSettings,
    PagerDutySettings,
    PublicUrlSettings,
    SendGridSettings,
    SlackSettings,
    TwilioSettings,
)


class NotifierSettings(
    HostSettings,
    PublicUrlSettings,
    TwilioSettings,
    SendGridSettings,
    SlackSettings,
    PagerDutySettings,
):
    service: ClassVar[str] = "notifier"
