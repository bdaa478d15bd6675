"""Sends SMS by Twilio Messages, with the SDK's parameter names (N-2)."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import SecretStr

from chassis.errors import Unavailable
from chassis.http_client import VendorClient, VendorFailure, VendorResponse
from config import Config
from events import Channel
from notifier.channels.domain import (
    Accepted,
    CannotTell,
    FindOutcome,
    Lookup,
    Message,
    NotThere,
    Progress,
    SendOutcome,
    Verdict,
)
from notifier.channels.provider import Provider
from notifier.channels.responses import Rule, Vendor, json_object, milliseconds
from notifier.channels.sms import SmsMessage
from notifier.settings import NotifierSettings

TWILIO: Final = Vendor(
    name="twilio",
    title="Twilio",
    rules={
        "20003": Rule(Verdict.ACCOUNT, "Twilio refuses our credentials."),
        "20005": Rule(Verdict.ACCOUNT, "The Twilio account is not active."),
        "20429": Rule(Verdict.PASSING, "Twilio asks us to slow down."),
        "21211": Rule(Verdict.PERMANENT, "The number is not a valid phone number."),
        "21606": Rule(Verdict.ACCOUNT, "Our sender number can't send SMS."),
        "21608": Rule(Verdict.PERMANENT, "A trial account sends only to verified numbers."),
        "21610": Rule(Verdict.PERMANENT, "The recipient has opted out with STOP.", opted_out=True),
        "21614": Rule(Verdict.PERMANENT, "The number is not a mobile number."),
        "30002": Rule(Verdict.ACCOUNT, "The Twilio account is suspended or out of funds."),
    },
    progress={
        "sent": Progress.HANDED_ON,
        **dict.fromkeys(("delivered", "read", "partially_delivered"), Progress.DELIVERED),
        **dict.fromkeys(("undelivered", "failed", "canceled"), Progress.FAILED),
    },
)
STATUS_PATH: Final = "/api/webhooks/twilio/status"
_LONGEST_VALIDITY: Final = 36_000  # seconds; Twilio's own limit
_SHORTEST_VALIDITY: Final = 5
_PAGE: Final = 100
_PAGES: Final = 10
_CLOCK_DIFFERENCE: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwilioAccount:
    """Our account at Twilio.

    sid: its id
    token: its secret
    sender: the number that texts come from
    callback_url: gets `?delivery=…`, so that a receipt names its delivery before we know Twilio's id for it
    """

    sid: str
    token: SecretStr
    sender: str
    callback_url: str

    def authorization(self) -> str:
        pair = f"{self.sid}:{self.token.get_secret_value()}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"


class TwilioSms(Provider):
    """Sends SMS and finds them again. Twilio has no idempotency key: its message list is asked instead (N-3)."""

    def __init__(self, client: VendorClient, account: TwilioAccount) -> None:
        self._client = client
        self._account = account
        self._base = f"/2010-04-01/Accounts/{account.sid}/Messages"
        self._headers = {"Authorization": account.authorization(), "Accept": "application/json"}
        self.pings = {TWILIO.name: self.ping}

    async def send(self, message: Message) -> SendOutcome:
        if not isinstance(message, SmsMessage):
            raise TypeError("an SMS goes this way")
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(self._form(message)).encode()
        try:
            response = await self._client.request(
                "POST", f"{self._base}.json", operation="messages.create", headers=headers, body=body
            )
        except VendorFailure as failure:
            return TWILIO.unanswered(failure)
        if not response.ok:
            return TWILIO.refused(response, _code(response))
        return _accepted(json_object(response), response)

    async def find(self, lookup: Lookup) -> FindOutcome:
        try:
            if lookup.provider_id:
                return await self._fetch(lookup.provider_id)
            return await self._search(lookup)
        except VendorFailure as failure:
            return TWILIO.unanswered(failure)

    async def ping(self) -> None:
        """A free call (N-9); raises when the account can't send."""
        path = f"/2010-04-01/Accounts/{self._account.sid}.json"
        response = await self._get(path, "accounts.fetch")
        status = json_object(response).get("status")
        if not response.ok or status != "active":
            raise Unavailable(f"Twilio answers {response.status}, account {status or 'unknown'}")

    async def close(self) -> None:
        await self._client.close()

    def _form(self, message: SmsMessage) -> dict[str, str]:
        form = {
            "To": message.to,
            "From": self._account.sender,
            "Body": message.text,
            "StatusCallback": f"{self._account.callback_url}?delivery={message.delivery_id}",
        }
        if message.valid_for is not None:
            seconds = int(message.valid_for.total_seconds())
            form["ValidityPeriod"] = str(min(max(seconds, _SHORTEST_VALIDITY), _LONGEST_VALIDITY))
        return form

    async def _fetch(self, sid: str) -> FindOutcome:
        response = await self._get(f"{self._base}/{sid}.json", "messages.fetch")
        if not response.ok:
            return TWILIO.refused(response, _code(response))
        return _accepted(json_object(response), response)

    async def _search(self, lookup: Lookup) -> FindOutcome:
        """Our own marker among the recipient's messages, the newest first, until they are older than the delivery.

        `DateSent` is no filter for this: Twilio leaves out what it has taken and not sent yet.
        """
        path: str | None = f"{self._base}.json?{urlencode({'To': lookup.to, 'PageSize': _PAGE})}"
        for _ in range(_PAGES):
            response = await self._get(path or "", "messages.list")
            if not response.ok:
                return TWILIO.refused(response, _code(response))
            listed = json_object(response)
            for message in _messages(listed):
                if lookup.marker in str(message.get("body")):
                    return _accepted(message, response)
                if _created(message) < lookup.created_at - _CLOCK_DIFFERENCE:
                    return NotThere()
            path = listed.get("next_page_uri")
            if not path:
                return NotThere()
        return CannotTell()

    async def _get(self, path: str, operation: str) -> VendorResponse:
        return await self._client.request("GET", path, operation=operation, headers=self._headers)


def open_sms(settings: NotifierSettings, config: Config) -> Provider:
    """The provider of the channel SMS."""
    account = TwilioAccount(
        sid=settings.twilio_account_sid,
        token=settings.twilio_auth_token[0],
        sender=settings.twilio_phone_number,
        callback_url=f"{settings.public_url}{STATUS_PATH}",
    )
    timeout = config.messages.channels[Channel.SMS].timeout
    return TwilioSms(VendorClient(TWILIO.name, settings.twilio_api_url, timeout=timeout), account)


def _accepted(message: Mapping[str, Any], response: VendorResponse) -> Accepted:
    price, code = message.get("price"), message.get("error_code")
    return Accepted(
        provider_id=str(message.get("sid", "")),
        status=str(message.get("status", "")),
        response_ms=milliseconds(response),
        segments=_number(message.get("num_segments")),
        cost=_cost(price),
        cost_currency=str(message.get("price_unit") or "USD").upper() if price is not None else None,
        error_code=str(code) if code else None,
    )


def _code(response: VendorResponse) -> str | None:
    code = json_object(response).get("code")
    return str(code) if code is not None else None


def _messages(listed: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for message in listed.get("messages") or ():
        if str(message.get("direction", "")).startswith("outbound"):
            yield message


def _created(message: Mapping[str, Any]) -> datetime:
    try:
        return parsedate_to_datetime(str(message.get("date_created"))).astimezone(UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)


def _cost(price: object) -> Decimal | None:
    """Twilio writes what it takes as a negative number."""
    try:
        return abs(Decimal(str(price))) if price is not None else None
    except InvalidOperation:
        return None


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isdigit() else None
