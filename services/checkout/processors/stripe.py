"""Stripe Connect as an external processor: OAuth, and Checkout Sessions, refunds and webhooks of connected accounts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import uuid4

from pydantic import SecretStr

from chassis.clock import Clock
from chassis.http_client import VendorClient
from checkout.payments.processors.port import ProcessorRefused
from checkout.payments.processors.stripe_objects import encode
from checkout.payments.processors.stripe_webhooks import verify
from checkout.payments.processors.trying import AnswerKept
from checkout.processors.accounts import Credentials, ExternalAccount, Permission
from checkout.processors.domain import (
    Abilities,
    ChangedPayments,
    ExternalDispute,
    ExternalPage,
    ExternalPayment,
    ExternalRefund,
    PageState,
    PageStatus,
    PaymentWish,
    RefundWish,
)
from checkout.processors.news import News, Subscription, WebhookRequest
from checkout.processors.stripe_access import StripeAccess
from checkout.processors.stripe_calls import StripeConnectCalls
from checkout.processors.stripe_fees import StripeFees, readable_page, readable_payment
from checkout.processors.stripe_list import MovementList
from checkout.processors.stripe_objects import (
    CHARGE,
    HANDLED,
    is_of,
    read_dispute,
    read_news,
    read_open_pages,
    read_page,
    read_payment,
    read_refund,
    read_state,
    read_subscription,
    refund_body,
    session_body,
)

SIGNATURE: Final = "stripe-signature"
_BAD_REQUEST: Final = 400
_SESSIONS, _INTENTS, _REFUNDS = "/v1/checkout/sessions", "/v1/payment_intents", "/v1/refunds"
_ENDPOINTS: Final = "/v1/webhook_endpoints"
_AT_ONCE, _MOST = 8, 100


class StripeConnectProcessor:
    """Owners permit our platform, or paste a key of their own, of which no commission can be kept back.

    Webhook endpoints for those who permitted us are our platform's, each of which hears of all of them
    (`News.account_id`); with a key of its own an account has one that hears of nobody else, and names no account.
    """

    name: Final = "stripe"
    pasted_fields: Final = ("secret_key",)
    abilities: Final = Abilities(
        commission_at_source=True,
        refunds=True,
        partial_refunds=True,
        refundable_for=None,
        pkce=False,
        test_webhooks=False,
        token_lifetime=None,
        list_lag=timedelta(minutes=1),
        refunds_fail_within=None,
        currencies=None,
    )

    def __init__(
        self, client: VendorClient, *, connect: VendorClient, connect_url: str, client_id: str, secret_key: SecretStr,
        clock: Clock,
    ) -> None:  # fmt: skip
        """`connect_url`: where `connect` calls OAuth, and owners' browsers reach the authorize page."""
        self._calls = StripeConnectCalls(client, secret_key=secret_key, clock=clock)
        oauth = StripeConnectCalls(connect, secret_key=secret_key, clock=clock)
        self._access = StripeAccess(self._calls, oauth, client_id=client_id, secret_key=secret_key)
        self._fees = StripeFees(self._calls)
        self._movements = MovementList(self._calls)
        self._connect_url = connect_url
        self._client_id = client_id

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None = None) -> str:  # noqa: ARG002
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "scope": "read_write",
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{self._connect_url}/oauth/authorize?{urlencode(query, quote_via=quote)}"

    async def exchange(self, permission: Permission, *, deadline: timedelta) -> Credentials:
        return await self._access.exchange(permission, deadline)

    async def take_pasted(self, pasted: Mapping[str, SecretStr], *, deadline: timedelta) -> Credentials:
        return await self._access.take_key(pasted.get("secret_key"), deadline)

    async def refresh(self, credentials: Credentials, *, deadline: timedelta) -> Credentials:
        return await self._access.refresh(credentials, deadline)

    async def revoke(self, credentials: Credentials, *, deadline: timedelta) -> None:
        await self._access.revoke(credentials, deadline)

    async def read_account(self, credentials: Credentials, *, deadline: timedelta) -> ExternalAccount:
        return await self._access.read_account(credentials, deadline)

    async def create_payment(self, credentials: Credentials, wish: PaymentWish, *, deadline: timedelta) -> ExternalPage:
        """Stripe would open a page for nothing. Of two pages for one wish nobody has seen the first."""
        if wish.amount < 1:
            raise ProcessorRefused(_BAD_REQUEST, "amount_too_small", "nothing is to be paid")
        try:
            return await self._open(credentials, wish, wish.key, deadline)
        except AnswerKept:
            return await self._open(credentials, wish, f"{wish.key}-again", deadline)

    async def _open(self, credentials: Credentials, wish: PaymentWish, key: str, deadline: timedelta) -> ExternalPage:
        return await self._calls.send(
            "sessions.create", _SESSIONS, credentials, session_body(wish), read_page, key=key, deadline=deadline
        )

    async def complete(
        self,
        credentials: Credentials,
        page_id: str,
        *,
        key: str,  # noqa: ARG002 the page itself takes the money
        deadline: timedelta,
    ) -> PageState:
        return await self.read_page(credentials, page_id, deadline=deadline)

    async def cancel(self, credentials: Credentials, page_id: str, *, deadline: timedelta) -> PageState:
        state = await self.read_page(credentials, page_id, deadline=deadline)
        if state.status is not PageStatus.OPEN:
            return state
        path = f"{_one(_SESSIONS, page_id)}/expire"
        try:
            await self._calls.send("sessions.expire", path, credentials, {}, dict, deadline=deadline)
        except ProcessorRefused as refused:
            if not refused.our_fault:
                raise
        return await self.read_page(credentials, page_id, deadline=deadline)

    async def cancel_wish(self, credentials: Credentials, wish: PaymentWish, *, deadline: timedelta) -> PageState:
        """The same key gives the page that was opened, or opens one that nobody has seen.

        Where Stripe fails every key for as long as it keeps them, its list has what was opened nevertheless.
        """
        try:
            page = await self.create_payment(credentials, wish, deadline=deadline)
        except AnswerKept:
            return await self._cancel_listed(credentials, wish, deadline)
        return await self.cancel(credentials, page.page_id, deadline=deadline)

    async def _cancel_listed(self, credentials: Credentials, wish: PaymentWish, deadline: timedelta) -> PageState:
        """Those of its key that are open; nobody has seen any of them, nor one that the list would lack."""
        after: str | None = ""
        while after is not None:
            query = {"status": "open", "limit": _MOST, **({"starting_after": after} if after else {})}
            path = f"{_SESSIONS}?{encode(query)}"
            listed = await self._calls.get("sessions.list", path, credentials, read_open_pages, deadline=deadline)
            for page_id in (page_id for page_id, key in listed.items if key == wish.key):
                await self.cancel(credentials, page_id, deadline=deadline)
            after = listed.after
        return PageState(status=PageStatus.CLOSED, payment=None)

    async def read_page(self, credentials: Credentials, page_id: str, *, deadline: timedelta) -> PageState:
        path = _one(_SESSIONS, page_id, *(f"payment_intent.{each}" for each in CHARGE))
        session = await self._calls.get("sessions.read", path, credentials, readable_page, deadline=deadline)
        return read_state(session, fee_back=await self._fees.back(session["payment_intent"], deadline))

    async def read_payment(self, credentials: Credentials, payment_id: str, *, deadline: timedelta) -> ExternalPayment:
        path = _one(_INTENTS, payment_id, *CHARGE)
        intent = await self._calls.get("payment_intents.read", path, credentials, readable_payment, deadline=deadline)
        return read_payment(intent, fee_back=await self._fees.back(intent, deadline))

    async def list_changed(
        self, credentials: Credentials, *, since: datetime, after: str | None, deadline: timedelta
    ) -> ChangedPayments:
        """The account's balance has what moved money; each payment that it is about is asked for as it is now."""
        found = await self._movements.page(credentials, since=since, after=after, deadline=deadline)
        limit = asyncio.Semaphore(_AT_ONCE)

        async def read(payment_id: str) -> ExternalPayment:
            async with limit:
                return await self.read_payment(credentials, payment_id, deadline=deadline)

        payments = await asyncio.gather(*map(read, found.payment_ids))
        return ChangedPayments(
            payments=tuple(sorted(payments, key=lambda payment: payment.updated_at)),
            disputes=tuple(found.disputes),
            after=found.after,
        )

    async def refund(self, credentials: Credentials, wish: RefundWish, *, deadline: timedelta) -> ExternalRefund:
        """What Stripe has failed to answer may have gone back nevertheless: then the payment's refunds have it."""
        try:
            return await self._give_back(credentials, wish, wish.key, deadline)
        except AnswerKept:
            made = await self.find_refund(credentials, wish, deadline=deadline)
        return made or await self._give_back(credentials, wish, f"{wish.key}-again", deadline)

    async def _give_back(
        self, credentials: Credentials, wish: RefundWish, key: str, deadline: timedelta
    ) -> ExternalRefund:
        return await self._calls.send(
            "refunds.create", _REFUNDS, credentials, refund_body(wish), read_refund, key=key, deadline=deadline
        )

    async def find_refund(
        self, credentials: Credentials, wish: RefundWish, *, deadline: timedelta
    ) -> ExternalRefund | None:
        def read(found: Mapping[str, Any]) -> ExternalRefund | None:
            return next((read_refund(each) for each in found["data"] if is_of(each, wish)), None)

        path = f"{_REFUNDS}?{encode({'payment_intent': wish.payment_id, 'limit': _MOST})}"
        return await self._calls.get("refunds.list", path, credentials, read, deadline=deadline)

    async def read_refund(self, credentials: Credentials, refund_id: str, *, deadline: timedelta) -> ExternalRefund:
        path = _one(_REFUNDS, refund_id)
        return await self._calls.get("refunds.read", path, credentials, read_refund, deadline=deadline)

    async def read_dispute(self, credentials: Credentials, dispute_id: str, *, deadline: timedelta) -> ExternalDispute:
        path = _one("/v1/disputes", dispute_id)
        return await self._calls.get("disputes.read", path, credentials, read_dispute, deadline=deadline)

    async def register_webhook(self, credentials: Credentials, url: str, *, deadline: timedelta) -> Subscription:
        """A secret is told only when an endpoint is made: a new one takes the place of those at the same address."""
        who = _hearing(credentials)
        before = await self._at(url, who, deadline)
        body = {"url": url, "enabled_events": list(HANDLED), **({"connect": "true"} if who is None else {})}
        made = await self._calls.send(
            "webhook_endpoints.create", _ENDPOINTS, who, body, read_subscription, key=str(uuid4()), deadline=deadline
        )
        for each in before:
            await self._calls.end("webhook_endpoints.delete", _one(_ENDPOINTS, each), who, deadline=deadline)
        return made

    async def _at(self, url: str, who: Credentials | None, deadline: timedelta) -> Sequence[str]:
        def read(found: Mapping[str, Any]) -> Sequence[str]:
            return [each["id"] for each in found["data"] if each["url"] == url]

        path = f"{_ENDPOINTS}?limit={_MOST}"
        return await self._calls.get("webhook_endpoints.list", path, who, read, deadline=deadline)

    async def test_webhook(
        self,
        credentials: Credentials,  # noqa: ARG002 Stripe sends none
        subscription_id: str,
        *,
        deadline: timedelta,  # noqa: ARG002
    ) -> None:
        raise ProcessorRefused(_BAD_REQUEST, "no_test_events", f"Stripe sends no test event to {subscription_id}")

    async def remove_webhook(self, credentials: Credentials, subscription_id: str, *, deadline: timedelta) -> None:
        path = _one(_ENDPOINTS, subscription_id)
        await self._calls.end("webhook_endpoints.delete", path, _hearing(credentials), deadline=deadline)

    async def verify_webhook(self, request: WebhookRequest, secrets: Sequence[SecretStr], *, now: datetime) -> News:
        given = [secret.get_secret_value() for secret in secrets]
        verify(request.payload, request.headers.get(SIGNATURE, ""), given, now=now)
        return read_news(request.payload)

    def read_news(self, payload: bytes) -> News:
        return read_news(payload)


def _hearing(credentials: Credentials) -> Credentials | None:
    """Whose the endpoint is that hears of an account: our platform's, or that of whoever pasted a key."""
    return credentials if credentials.refresh_token is None else None


def _one(base: str, object_id: str, *expand: str) -> str:
    query = f"?{encode({'expand': list(expand)})}" if expand else ""
    return f"{base}/{quote(object_id, safe='')}{query}"
