"""Stripe as a processor: Checkout Sessions and webhooks, by the SDK's types and our own pooled client."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from chassis.clock import Clock
from chassis.errors import Unavailable
from chassis.http_client import VendorClient
from chassis.signatures import SignatureInvalid
from checkout.payments.domain import Dispute, Movement, ProcessorRefund, Session
from checkout.payments.errors import ObjectUnreadable
from checkout.payments.processors import stripe_webhooks
from checkout.payments.processors.port import (
    GivenBack,
    Listed,
    ProcessorFailure,
    ProcessorUncertain,
    Refunded,
    Sale,
    Stretch,
    Turn,
)
from checkout.payments.processors.stripe_calls import StripeCalls
from checkout.payments.processors.stripe_movements import read_movement
from checkout.payments.processors.stripe_objects import (
    NAME,
    PAGE,
    encode,
    listing_parameters,
    read_balance,
    read_charge,
    read_dispute,
    read_page,
    read_processor_refund,
    read_refund,
    read_session,
    refund_id_of,
    refund_parameters,
    session_parameters,
)
from checkout.payments.processors.stripe_types import LISTED
from checkout.webhooks.domain import RawWebhook, StoredWebhook

FETCH_DEADLINE: Final = timedelta(seconds=8)
# A place in a list of events: the number of a part of the types, and the event behind which it is.
_PLACE: Final = re.compile(rf"([0-{len(LISTED) - 1}])\.(.*)")
# Comes with a session, and says when it was paid.
_CHARGE_OF_SESSION: Final = "payment_intent.latest_charge"


class StripeProcessor:
    """Calls to Stripe go through a token bucket for each kind of call (C-1): a buyer never sees Stripe's 429."""

    name: Final = NAME

    def __init__(
        self,
        client: VendorClient,
        *,
        secret_key: str,
        webhook_secrets: Sequence[str],
        connect_secrets: Sequence[str] = (),
        rate: float,
        clock: Clock,
    ) -> None:
        """Of our own endpoint and that of connected accounts there may be several secrets, while one is replaced."""
        self._client = client
        self._calls = StripeCalls(client, secret_key=secret_key, rate=rate, clock=clock)
        self._secrets = webhook_secrets
        self._connect_secrets = connect_secrets
        self._account: str | None = None
        self._clock = clock

    def of(self, account: str | None) -> StripeProcessor:
        """The same processor, asked about an account that is connected to ours; None: about our own."""
        if account is None:
            return self
        other = copy(self)
        other._calls, other._account = self._calls.of(account), account  # noqa: SLF001 one of us
        return other

    def call_for(self, sale: Sale) -> str:
        return encode(session_parameters(sale))

    def queue(self) -> timedelta:
        return self._calls.queue()

    def take_turn(self) -> Turn:
        return self._calls.take_turn()

    def place(self, wait: timedelta) -> int:
        return self._calls.place(wait)

    async def ping(self) -> None:
        response = await self._client.request(
            "GET", "/v1/account", operation="account.retrieve", headers=self._calls.headers
        )
        if not response.ok:
            raise Unavailable(f"Stripe answers {response.status}")

    async def create_session(
        self, parameters: str, *, idempotency_key: str, deadline: timedelta, turn: Turn | None = None
    ) -> Session:
        response = await self._calls.ask(
            "create",
            "POST",
            "/v1/checkout/sessions",
            body=parameters.encode(),
            idempotency_key=idempotency_key,
            deadline=deadline,
            turn=turn,
        )
        return _session(response)

    async def expire_session(self, session_id: str, *, deadline: timedelta) -> Session:
        path = f"/v1/checkout/sessions/{quote(session_id, safe='')}/expire"
        return _session(await self._calls.ask("expire", "POST", path, body=b"", deadline=deadline))

    async def read_session(self, session_id: str, *, deadline: timedelta) -> Session:
        path = f"/v1/checkout/sessions/{quote(session_id, safe='')}?{encode({'expand': [_CHARGE_OF_SESSION]})}"
        return _session(await self._calls.ask("read", "GET", path, deadline=deadline))

    async def list_sessions(
        self, made: Stretch, *, complete: bool, after: str | None, deadline: timedelta
    ) -> Listed[Session]:
        wanted = {"status": "complete"} if complete else {}
        query = listing_parameters(made, after=after, **wanted, expand=[f"data.{_CHARGE_OF_SESSION}"])
        found = await self._calls.ask("sessions", "GET", f"/v1/checkout/sessions?{query}", deadline=deadline)
        return read_page(found, _session)

    async def list_webhooks(
        self, happened: Stretch, *, missed: bool, after: str | None, deadline: timedelta
    ) -> Listed[RawWebhook]:
        wanted = {"delivery_success": "false"} if missed else {}
        part, place = _part_of(after)
        query = listing_parameters(happened, after=place, **wanted, types=list(LISTED[part]))
        found = await self._calls.ask("events", "GET", f"/v1/events?{query}", deadline=deadline)
        page = read_page(found, self._webhook)
        return replace(page, after=_next_part(part, page.after))

    async def find_sessions(
        self, *, email: str | None, payment_intent: str | None, after: str | None, deadline: timedelta
    ) -> Listed[Session]:
        query = encode(
            {
                "limit": PAGE,
                **({"customer_details": {"email": email}} if email else {}),
                **({"payment_intent": payment_intent} if payment_intent else {}),
                **({"starting_after": after} if after else {}),
                "expand": [f"data.{_CHARGE_OF_SESSION}"],
            }
        )
        found = await self._calls.ask("sessions", "GET", f"/v1/checkout/sessions?{query}", deadline=deadline)
        return read_page(found, _session)

    async def list_movements(self, happened: Stretch, *, after: str | None, deadline: timedelta) -> Listed[Movement]:
        query = listing_parameters(happened, after=after, expand=["data.source"])
        found = await self._calls.ask("movements", "GET", f"/v1/balance_transactions?{query}", deadline=deadline)
        return read_page(found, read_movement)

    async def refunds_of(self, payment_intent: str, *, deadline: timedelta) -> Refunded | None:
        found = await self._refunds(payment_intent, deadline)
        return Refunded(charge=read_charge(found[0]["charge"]), refunds=_all(found)) if found else None

    async def read_dispute(self, dispute_id: str, *, deadline: timedelta) -> Dispute:
        path = f"/v1/disputes/{quote(dispute_id, safe='')}"
        return read_dispute(await self._calls.ask("read", "GET", path, deadline=deadline))

    async def read_webhook(self, event_id: str, *, deadline: timedelta) -> RawWebhook:
        path = f"/v1/events/{quote(event_id, safe='')}"
        return self._webhook(await self._calls.ask("event", "GET", path, deadline=deadline))

    async def refund(
        self,
        payment_intent: str,
        *,
        refund_id: UUID,
        amount: int,
        duplicate: bool,
        idempotency_key: str,
        deadline: timedelta,
    ) -> GivenBack:
        parameters = refund_parameters(payment_intent, refund_id=refund_id, amount=amount, duplicate=duplicate)
        found = await self._calls.ask(
            "refund",
            "POST",
            "/v1/refunds",
            body=encode(parameters).encode(),
            idempotency_key=idempotency_key,
            deadline=deadline,
        )
        return _given_back(found)

    async def find_refund(self, payment_intent: str, *, refund_id: UUID, deadline: timedelta) -> GivenBack | None:
        found = await self._refunds(payment_intent, deadline)
        ours = (each for each in found if refund_id_of(each) == str(refund_id))
        return next((_given_back(each) for each in ours), None)

    async def _refunds(self, payment_intent: str, deadline: timedelta) -> Sequence[Mapping[str, Any]]:
        """The newest of a payment, each with its charge."""
        query = urlencode({"payment_intent": payment_intent, "limit": PAGE, "expand[0]": "data.charge"})
        found = await self._calls.ask("refunds", "GET", f"/v1/refunds?{query}", deadline=deadline)
        return found.get("data") or ()

    async def balance(self, *, deadline: timedelta) -> Mapping[str, int]:
        found = await self._calls.ask("balance", "GET", "/v1/balance", deadline=deadline)
        return read_balance(found)

    def accept(self, payload: bytes, headers: Mapping[str, str], *, connected: bool = False) -> RawWebhook:
        header, secrets = headers.get("stripe-signature", ""), self._connect_secrets if connected else self._secrets
        secret = stripe_webhooks.verify(payload, header, secrets, now=self._clock.now())
        webhook = stripe_webhooks.read_webhook(payload, connected=connected)
        return replace(webhook, signed_by=stripe_webhooks.mark(secret))

    def marks(self, *, connected: bool) -> tuple[str, ...]:
        """Of the secrets that are accepted at an endpoint."""
        return tuple(map(stripe_webhooks.mark, self._connect_secrets if connected else self._secrets))

    async def read(self, kind: str, path: str, *, deadline: timedelta) -> Mapping[str, Any]:
        """What Stripe answers to a GET."""
        return await self._calls.ask(kind, "GET", path, deadline=deadline)

    def subject_of(self, webhook: StoredWebhook) -> Mapping[str, Any] | None:
        if webhook.thin:
            return None
        subject: Mapping[str, Any] = webhook.document()["data"]["object"]
        return subject

    async def fetch_subject(self, webhook: StoredWebhook) -> Mapping[str, Any]:
        path = stripe_webhooks.object_path(webhook.document())
        try:
            return await self._calls.ask("read", "GET", path, deadline=FETCH_DEADLINE)
        except ProcessorFailure as failure:
            raise ObjectUnreadable(f"Its object can't be read: {failure}") from failure

    def shown(self, payload: bytes) -> Any:
        return stripe_webhooks.shown(payload)

    def _webhook(self, found: Mapping[str, Any]) -> RawWebhook:
        """As `_session`: what can't be read says nothing. A list does not repeat whose it is."""
        try:
            return replace(stripe_webhooks.read_listed(found), account=self._account)
        except SignatureInvalid as error:
            raise ProcessorUncertain("the answer is no event") from error

    def line_of(self, subject: Mapping[str, Any]) -> str:
        return str((subject.get("metadata") or {}).get("orderId") or subject.get("id"))


def _part_of(after: str | None) -> tuple[int, str | None]:
    """Which part of the types a page is of, and behind which event it begins. Anything else is an event's id."""
    found = _PLACE.fullmatch(after or "")
    return (int(found[1]), found[2] or None) if found else (0, after)


def _next_part(part: int, place: str | None) -> str | None:
    """Where the next page goes on: in this part, at the beginning of the next one, or nowhere."""
    if place is not None:
        return f"{part}.{place}"
    return f"{part + 1}." if part + 1 < len(LISTED) else None


def _session(found: Mapping[str, Any]) -> Session:
    """What is answered and yet no session says nothing of what happened."""
    try:
        return read_session(found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ProcessorUncertain("the answer is no session") from error


def _given_back(found: Mapping[str, Any]) -> GivenBack:
    """As `_session`: what can't be read says nothing."""
    try:
        return read_refund(found)
    except (KeyError, TypeError, ValueError) as error:
        raise ProcessorUncertain("the answer is no refund") from error


def _all(found: Sequence[Mapping[str, Any]]) -> tuple[ProcessorRefund, ...]:
    """The oldest first."""
    return tuple(read_processor_refund(each) for each in reversed(found))
