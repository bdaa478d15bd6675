"""What the notifier reads from its environment."""

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
    """What the notifier needs; it alone holds the credentials of those who carry messages."""

    service: ClassVar[str] = "notifier"
