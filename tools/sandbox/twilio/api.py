"""The way in to the stand-in for Twilio: `/twilio/2010-04-01/…`."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hmac
from collections.abc import Callable
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import partial
from urllib.parse import urlencode

from sandbox.core.http import Record, Request, Response, json_response
from sandbox.core.routing import Router
from sandbox.twilio.account import API_VERSION, TwilioAccount, rfc_2822
from sandbox.twilio.errors import TwilioFaultAnswers, TwilioRefusedError

_FAULT_ANSWERS = TwilioFaultAnswers()
_DEPOSIT = Decimal(500)
"""US dollars that the account starts with."""
_LARGEST_PAGE = 1000
_PAGE = 50


class TwilioApi:
    """Answers everything below `/twilio`."""

    def __init__(self, account: TwilioAccount) -> None:
        self._account = account
        self._router = Router()
        base = f"/twilio/{API_VERSION}"
        one = base + "/Accounts/{account}"
        add = self._router.add
        add("POST", one + "/Messages.json", self._create, operation="messages.create")
        add("GET", one + "/Messages.json", self._list, operation="messages.list")
        add("GET", one + "/Messages/{sid}.json", self._fetch, operation="messages.fetch")
        add("GET", base + "/Accounts.json", self._accounts, operation="accounts.list")
        add("GET", base + "/Accounts/{account}.json", self._account_of, operation="accounts.fetch")
        add("GET", one + "/Balance.json", self._balance, operation="balance.fetch")

    def operations(self) -> list[str]:
        return [*self._router.operations(), "inbound", "status_callback"]

    async def handle(self, request: Request) -> Response:
        try:
            return await self._admitted(request)
        except TwilioRefusedError as refusal:
            return refusal.response()

    async def _admitted(self, request: Request) -> Response:
        self._check_credentials(request)
        route = self._router.find(request)
        if route is None or request.path_params.get("account", self._account.sid) != self._account.sid:
            raise TwilioRefusedError(20404)
        work = partial(route.handler, request)
        return await self._account.world.gate.call("twilio", route.operation, work, _FAULT_ANSWERS)

    def _check_credentials(self, request: Request) -> None:
        settings = self._account.world.settings
        given = _credentials(request.header("authorization"))
        expected = f"{settings.twilio_account_sid}:{settings.twilio_auth_token}"
        if not settings.twilio_auth_token or not hmac.compare_digest(given.encode(), expected.encode()):
            raise TwilioRefusedError(20003)

    async def _create(self, request: Request) -> Response:
        return json_response(self._account.send(request.form_dict()), status=201)

    async def _fetch(self, request: Request) -> Response:
        message = self._account.messages.get(request.path_params["sid"])
        if message is None:
            raise TwilioRefusedError(20404)
        return json_response(message)

    async def _list(self, request: Request) -> Response:
        query = request.query_dict()
        keep = _filter(query)
        found = [message for message in reversed(self._account.messages.values()) if keep(message)]
        path = f"/{API_VERSION}/Accounts/{self._account.sid}/Messages.json"
        return json_response(_page(found, query, path, "messages"))

    async def _accounts(self, request: Request) -> Response:
        return json_response(_page([self._shown()], request.query_dict(), f"/{API_VERSION}/Accounts.json", "accounts"))

    async def _account_of(self, _: Request) -> Response:
        return json_response(self._shown())

    async def _balance(self, _: Request) -> Response:
        left = _DEPOSIT - self._account.spent
        return json_response({"account_sid": self._account.sid, "balance": f"{left:.5f}", "currency": "USD"})

    def _shown(self) -> Record:
        account, uri = self._account, f"/{API_VERSION}/Accounts/{self._account.sid}"
        moment = rfc_2822(account.created)
        return {
            "auth_token": account.world.settings.twilio_auth_token,
            "date_created": moment,
            "date_updated": moment,
            "friendly_name": account.world.settings.business_name,
            "owner_account_sid": account.sid,
            "sid": account.sid,
            "status": "active",
            "subresource_uris": {"messages": f"{uri}/Messages.json", "balance": f"{uri}/Balance.json"},
            "type": "Full",
            "uri": f"{uri}.json",
        }


def _credentials(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(value).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""


def _filter(query: dict[str, str]) -> Callable[[Record], bool]:
    """`To`, `From`, and `DateSent` with `<` or `>` behind its name (both inclusive, as at Twilio)."""
    to, sender = query.get("To"), query.get("From")
    on, before, after = (query.get(f"DateSent{sign}") for sign in ("", "<", ">"))

    def keep(message: Record) -> bool:
        if (to is not None and message["to"] != to) or (sender is not None and message["from"] != sender):
            return False
        if on is None and before is None and after is None:
            return True
        if message["date_sent"] is None:
            return False
        sent = parsedate_to_datetime(message["date_sent"])
        return _in_time(sent, on, before, after)

    return keep


def _in_time(sent: dt.datetime, on: str | None, before: str | None, after: str | None) -> bool:
    return (
        (on is None or sent.date() == _moment(on).date())
        and (before is None or sent <= _moment(before))
        and (after is None or sent >= _moment(after))
    )


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise TwilioRefusedError(20404) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _page(items: list[Record], query: dict[str, str], path: str, name: str) -> Record:
    """Twilio's page: `PageSize` up to 1,000, `Page` from 0."""
    size = min(max(_whole(query.get("PageSize"), _PAGE), 1), _LARGEST_PAGE)
    page = _whole(query.get("Page"), 0)
    start = page * size
    part = items[start : start + size]

    def uri(number: int) -> str:
        rest = {key: value for key, value in query.items() if key not in ("Page", "PageSize", "PageToken")}
        return f"{path}?{urlencode(rest | {'PageSize': str(size), 'Page': str(number)})}"

    return {
        "first_page_uri": uri(0), "end": start + len(part) - 1 if part else start, "start": start, "uri": uri(page),
        "next_page_uri": uri(page + 1) if len(items) > start + size else None,
        "previous_page_uri": uri(page - 1) if page else None, "page": page, "page_size": size, name: part,
    }  # fmt: skip


def _whole(text: str | None, otherwise: int) -> int:
    return int(text) if text is not None and text.isdecimal() and len(text) < 10 else otherwise
