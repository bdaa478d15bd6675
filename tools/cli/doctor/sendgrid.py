"""Looks at SendGrid: the account, and where it reports what became of e-mails."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from cli.doctor.asking import Answer
from cli.doctor.check import Examined, Finding, note
from cli.doctor.vendors import called, reached, unusable

if TYPE_CHECKING:
    from chassis.settings import SendGridSettings

_FORBIDDEN: Final = 403
_WEBHOOK: Final = "/api/webhooks/sendgrid"
_POOR: Final = 75


async def sendgrid_account(examined: Examined) -> Finding:
    """Asks for the account and its event webhook, with the key that the notifier uses."""
    from chassis.settings import SendGridSettings

    settings = SendGridSettings.from_environ(examined.environ)
    account = await _called(examined, settings, "/v3/user/account")
    if account.status == _FORBIDDEN:
        return note("the key is taken; it may not read the account", "Give it “User Account: read” to have it shown.")
    if finding := unusable(examined, "SendGrid", account, variables="SENDGRID_API_KEY", service="notifier"):
        return finding
    webhook = await _called(examined, settings, "/v3/user/webhooks/event/settings")
    stands_in = settings.sendgrid_api_url.startswith(str(settings.sandbox_url))
    return judged(account.document, webhook.document, examined.address, stands_in=stands_in)


def judged(account: Mapping[str, Any], webhook: Mapping[str, Any], address: str, *, stands_in: bool) -> Finding:
    """What an account and its event webhook mean for an installation at this address."""
    reputation = float(account.get("reputation") or 100)
    text = f"{account.get('type')} account, reputation {reputation:.0f} of 100"
    if webhook.get("url") != address + _WEBHOOK or not webhook.get("enabled"):
        return note(
            f"{text}; receipts don't come to {address}{_WEBHOOK}",
            "Set and enable this address in SendGrid under Settings, Mail Settings, Event Webhooks.",
        )
    if reputation < _POOR:
        return note(f"{text}: providers may refuse our mail", "Look for bounces in SendGrid under Suppressions.")
    return reached(text, stands_in=stands_in)


async def _called(examined: Examined, settings: SendGridSettings, path: str) -> Answer:
    headers = {"Authorization": f"Bearer {settings.sendgrid_api_key.get_secret_value()}"}
    return await called(examined, "SendGrid", "GET", settings.sendgrid_api_url + path, headers=headers)
