"""Looks at Twilio: the account, its balance, and whose phones are told of sales."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from cli.doctor.asking import Answer
from cli.doctor.check import Examined, Finding, note, well, wrong
from cli.doctor.vendors import called, reached, unusable

if TYPE_CHECKING:
    from chassis.settings import TwilioSettings

# About 600 messages within the United States.
_LITTLE: Final = Decimal(5)


async def twilio_account(examined: Examined) -> Finding:
    """Asks for the account and its balance, with the token that the notifier uses."""
    from chassis.settings import TwilioSettings

    settings = TwilioSettings.from_environ(examined.environ)
    account = await _called(examined, settings, ".json")
    names = "TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN"
    if finding := unusable(examined, "Twilio", account, variables=names, service="notifier"):
        return finding
    balance = await _called(examined, settings, "/Balance.json")
    stands_in = settings.twilio_api_url.startswith(str(settings.sandbox_url))
    return judged(account.document, balance.document, stands_in=stands_in)


async def target_numbers(examined: Examined) -> Finding:
    """Counts the owners' phones, which each sale is told to."""
    from chassis.settings import TwilioSettings

    numbers = TwilioSettings.from_environ(examined.environ).sms_target_numbers
    lines = [f"ends in {number[-4:]}" for number in numbers]
    if len(set(numbers)) < len(numbers):
        return note("a number stands twice in SMS_TARGET_NUMBERS", "Name each once: its owner gets each SMS twice.")
    return well(f"{len(numbers)} hear of sales by SMS", lines=lines)


def judged(account: Mapping[str, Any], balance: Mapping[str, Any], *, stands_in: bool) -> Finding:
    """What an account's state and its money mean for sending."""
    status = str(account.get("status"))
    if status != "active":
        return wrong(f"the account is {status}", "Read why at the top of Twilio's console; nothing is sent meanwhile.")
    try:
        left = Decimal(str(balance.get("balance")))
    except InvalidOperation:
        return note("the account is active; its balance is not told", "Look at the balance in Twilio's console.")
    text = f"active {'trial ' if account.get('type') == 'Trial' else ''}account, {left:.2f} {balance.get('currency')}"
    if left <= 0:
        return wrong(f"{text}: the money is spent", "Pay money in at Twilio's console under Billing.")
    if left < _LITTLE:
        return note(
            f"{text}: that is little", "Pay money in at Twilio's console under Billing, and switch on recharge."
        )
    if account.get("type") == "Trial":
        return note(text, "A trial account writes to confirmed numbers only: upgrade it in Twilio's console.")
    return reached(text, stands_in=stands_in)


async def _called(examined: Examined, settings: TwilioSettings, path: str) -> Answer:
    sid = settings.twilio_account_sid
    login = b64encode(f"{sid}:{settings.twilio_auth_token[0].get_secret_value()}".encode()).decode()
    url = f"{settings.twilio_api_url}/2010-04-01/Accounts/{sid}{path}"
    return await called(examined, "Twilio", "GET", url, headers={"Authorization": f"Basic {login}"})
