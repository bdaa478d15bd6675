"""PayPal as an external processor: orders that we capture, refunds, the transaction search, OAuth and webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from pydantic import SecretStr

from chassis.clock import Clock
from chassis.http_client import VendorClient
from checkout.payments.processors.port import ProcessorRefused
from checkout.processors import paypal_objects as objects
from checkout.processors.accounts import Application, Credentials, ExternalAccount, Permission
from checkout.processors.domain import (
    Abilities,
    ChangedPayments,
    CredentialsRefused,
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
from checkout.processors.paypal_access import PaypalAccess
from checkout.processors.paypal_calls import PaypalCalls
from checkout.processors.paypal_disputes import PaypalDisputes
from checkout.processors.paypal_reversals import GoneBack, given_back, gone_by_refunds, gone_by_rows
from checkout.processors.paypal_rows import payments_in, read_row
from checkout.processors.paypal_search import PaypalSearch
from checkout.processors.paypal_webhooks import PaypalCertificates

_SCOPES: Final = (
    "openid", "email", "https://uri.paypal.com/services/payments/payment",
    "https://uri.paypal.com/services/reporting/search/read", "https://uri.paypal.com/services/disputes/read-seller",
)  # fmt: skip
_UNAUTHORIZED, _NOT_FOUND = 401, 404
_ORDERS, _CAPTURES, _WEBHOOKS = "/v2/checkout/orders", "/v2/payments/captures", "/v1/notifications/webhooks"
_AT_ONCE: Final = 8
# How a place in the list begins when its payments are read, and its disputes are left.
_DISPUTED: Final = "disputes:"


class PaypalProcessor:
    """Sellers permit our application, or paste the id and secret of an application of their own.

    An application's tokens are renewed with its id and secret: these are kept in place of a refresh token, in the form
    in which they are sent. Nothing is paid before we capture an order that its buyer approved (`complete`), and an
    order that is closed (`cancel`) has another intent, with which PayPal captures it no more.
    """

    name: Final = "paypal"
    pasted_fields: Final = ("client_id", "client_secret")
    abilities: Final = Abilities(
        commission_at_source=False,
        refunds=True,
        partial_refunds=True,
        refundable_for=timedelta(days=180),
        pkce=False,
        test_webhooks=True,
        token_lifetime=timedelta(hours=8),
        list_lag=timedelta(hours=3),
        refunds_fail_within=timedelta(days=31),
        currencies=objects.CURRENCIES,
    )

    def __init__(
        self,
        client: VendorClient,
        *,
        certificates: PaypalCertificates,
        pages_url: str,
        application: Application,
        clock: Clock,
    ) -> None:
        """`pages_url`: where sellers' browsers reach PayPal's sign-in page."""
        self._calls = PaypalCalls(client, clock)
        self._access = PaypalAccess(self._calls, application, clock)
        self._search = PaypalSearch(self._calls, clock)
        self._disputes = PaypalDisputes(self._calls, clock)
        self._certificates = certificates
        self._pages_url = pages_url
        self._application = application

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None = None) -> str:  # noqa: ARG002
        query = {
            "flowEntry": "static",
            "client_id": self._application.client_id,
            "response_type": "code",
            "scope": " ".join(_SCOPES),
            "redirect_uri": redirect_uri,
            "state": state,
        }
        return f"{self._pages_url}/signin/authorize?{urlencode(query, quote_via=quote)}"

    async def exchange(self, permission: Permission, *, deadline: timedelta) -> Credentials:
        return await self._access.exchange(permission, deadline)

    async def take_pasted(self, pasted: Mapping[str, SecretStr], *, deadline: timedelta) -> Credentials:
        if set(pasted) != set(self.pasted_fields):
            raise CredentialsRefused(_UNAUTHORIZED, "invalid_client", "client_id or client_secret is missing")
        return await self._access.take_application(pasted["client_id"], pasted["client_secret"], deadline)

    async def refresh(self, credentials: Credentials, *, deadline: timedelta) -> Credentials:
        return await self._access.refresh(credentials, deadline)

    async def revoke(self, credentials: Credentials, *, deadline: timedelta) -> None:
        await self._access.revoke(credentials, deadline)

    async def read_account(self, credentials: Credentials, *, deadline: timedelta) -> ExternalAccount:
        return await self._access.read_account(credentials.access_token, deadline)

    async def create_payment(self, credentials: Credentials, wish: PaymentWish, *, deadline: timedelta) -> ExternalPage:
        order = await self._calls.send(
            "orders.create", "POST", _ORDERS, credentials.access_token, objects.order_body(wish), objects.read_page,
            key=wish.key, deadline=deadline,
        )  # fmt: skip
        return objects.read_page(order)

    async def complete(self, credentials: Credentials, page_id: str, *, key: str, deadline: timedelta) -> PageState:
        """Another call of ours may have captured or closed it meanwhile: then that counts."""
        state = await self.read_page(credentials, page_id, deadline=deadline)
        if state.status is not PageStatus.APPROVED:
            return state
        path, token = f"{_order(page_id)}/capture", credentials.access_token
        try:
            await self._calls.send("orders.capture", "POST", path, token, {}, key=f"{key}-capture", deadline=deadline)
        except ProcessorRefused as refused:
            if not objects.issue_is(refused, "ORDER_ALREADY_CAPTURED", "ACTION_DOES_NOT_MATCH_INTENT"):
                raise
        return await self.read_page(credentials, page_id, deadline=deadline)

    async def cancel(self, credentials: Credentials, page_id: str, *, deadline: timedelta) -> PageState:
        state = await self.read_page(credentials, page_id, deadline=deadline)
        if state.status not in (PageStatus.OPEN, PageStatus.APPROVED):
            return state
        change = [{"op": "replace", "path": "/intent", "value": "AUTHORIZE"}]
        path = _order(page_id)
        try:
            await self._calls.send("orders.patch", "PATCH", path, credentials.access_token, change, deadline=deadline)
        except ProcessorRefused as refused:
            if not objects.issue_is(refused, "ORDER_ALREADY_COMPLETED"):
                raise
        return await self.read_page(credentials, page_id, deadline=deadline)

    async def cancel_wish(self, credentials: Credentials, wish: PaymentWish, *, deadline: timedelta) -> PageState:
        """The same key gives the order that was made, or makes one that nobody has seen."""
        page = await self.create_payment(credentials, wish, deadline=deadline)
        return await self.cancel(credentials, page.page_id, deadline=deadline)

    async def read_page(self, credentials: Credentials, page_id: str, *, deadline: timedelta) -> PageState:
        path, token = _order(page_id), credentials.access_token
        order = await self._calls.read("orders.get", path, token, objects.page_status, deadline=deadline)
        taken = objects.capture_of(order)
        payment = await self.read_payment(credentials, taken, deadline=deadline) if taken else None
        return PageState(status=objects.page_status(order), payment=payment)

    async def read_payment(self, credentials: Credentials, payment_id: str, *, deadline: timedelta) -> ExternalPayment:
        path, token = f"{_CAPTURES}/{quote(payment_id, safe='')}", credentials.access_token
        capture = await self._calls.read("captures.get", path, token, objects.read_payment, deadline=deadline)
        back = await self._refunded(capture, token, deadline) if objects.is_refunded(capture) else 0
        return objects.read_payment(capture, refunded=back)

    async def list_changed(
        self, credentials: Credentials, *, since: datetime, after: str | None, deadline: timedelta
    ) -> ChangedPayments:
        """The search has what moved money, each of whose payments is asked for as it is now; then come disputes."""
        if after is not None and after.startswith(_DISPUTED):
            return await self._disputed(credentials, since, after.removeprefix(_DISPUTED), deadline)
        page = await self._search.page(credentials.access_token, since=since, after=after, deadline=deadline)
        limit = asyncio.Semaphore(_AT_ONCE)

        async def found(payment_id: str, row: Mapping[str, Any] | None) -> ExternalPayment | None:
            async with limit:
                try:
                    return await self.read_payment(credentials, payment_id, deadline=deadline)
                except ProcessorRefused as refused:
                    if refused.status != _NOT_FOUND:
                        raise
                    return None if row is None else read_row(row)

        payments = await asyncio.gather(*(found(*each) for each in payments_in(page.rows).items()))
        known = sorted((each for each in payments if each is not None), key=lambda each: each.updated_at)
        return ChangedPayments(payments=tuple(known), after=page.after or _DISPUTED)

    async def _disputed(
        self, credentials: Credentials, since: datetime, next_token: str, deadline: timedelta
    ) -> ChangedPayments:
        page = await self._disputes.page(
            credentials.access_token, since=since, next_token=next_token, deadline=deadline
        )
        found: list[ExternalPayment] = []
        for payment_id in dict.fromkeys(each.payment_id for each in page.disputes):
            try:
                found.append(await self.read_payment(credentials, payment_id, deadline=deadline))
            except ProcessorRefused as refused:
                if refused.status != _NOT_FOUND:
                    raise
        return ChangedPayments(
            payments=tuple(sorted(found, key=lambda each: each.updated_at)),
            disputes=page.disputes,
            after=None if page.next_token is None else _DISPUTED + page.next_token,
            tells_disputes=page.told,
        )

    async def read_dispute(self, credentials: Credentials, dispute_id: str, *, deadline: timedelta) -> ExternalDispute:
        return await self._disputes.read(credentials.access_token, dispute_id, deadline=deadline)

    async def refund(self, credentials: Credentials, wish: RefundWish, *, deadline: timedelta) -> ExternalRefund:
        path, token = f"{_CAPTURES}/{quote(wish.payment_id, safe='')}/refund", credentials.access_token
        found = await self._calls.send(
            "captures.refund", "POST", path, token, objects.refund_body(wish), objects.read_refund, key=wish.key,
            deadline=deadline,
        )  # fmt: skip
        return objects.read_refund(found)

    async def find_refund(
        self, credentials: Credentials, wish: RefundWish, *, deadline: timedelta
    ) -> ExternalRefund | None:
        """A payment's order knows at once; one that had none is found by nobody, and its key is known for 45 days."""
        path, token = f"{_CAPTURES}/{quote(wish.payment_id, safe='')}", credentials.access_token
        order_id = objects.order_of(await self._calls.read("captures.get", path, token, deadline=deadline))
        if order_id is None:
            return None
        order = await self._calls.read("orders.get", _order(order_id), token, deadline=deadline)
        found = (each for each in objects.refunds_in(order, wish.payment_id) if each.get("custom_id") == wish.key)
        return next(map(objects.read_refund, found), None)

    async def read_refund(self, credentials: Credentials, refund_id: str, *, deadline: timedelta) -> ExternalRefund:
        path = f"/v2/payments/refunds/{quote(refund_id, safe='')}"
        token = credentials.access_token
        return objects.read_refund(
            await self._calls.read("refunds.get", path, token, objects.read_refund, deadline=deadline)
        )

    async def register_webhook(self, credentials: Credentials, url: str, *, deadline: timedelta) -> Subscription:
        token, types = await self._access.hearing(credentials, deadline), [{"name": name} for name in objects.HANDLED]
        known = await self._webhook_at(url, token, deadline)
        if known is not None:
            change = [{"op": "replace", "path": "/event_types", "value": types}]
            path = f"{_WEBHOOKS}/{known['id']}"
            await self._calls.send("webhooks.update", "PATCH", path, token, change, deadline=deadline)
            return objects.read_subscription(known)
        body = {"url": url, "event_types": types}
        try:
            made = await self._calls.send("webhooks.create", "POST", _WEBHOOKS, token, body, deadline=deadline)
        except ProcessorRefused as refused:
            made = await self._webhook_at(url, token, deadline) or {}
            if not objects.issue_is(refused, "WEBHOOK_URL_ALREADY_EXISTS") or not made:
                raise
        return objects.read_subscription(made)

    async def test_webhook(self, credentials: Credentials, subscription_id: str, *, deadline: timedelta) -> None:
        """PayPal doesn't say what was answered to it."""
        token = await self._access.hearing(credentials, deadline)
        path, body = "/v1/notifications/simulate-event", {"webhook_id": subscription_id, "event_type": objects.TRIAL}
        await self._calls.send("webhooks.simulate", "POST", path, token, body, deadline=deadline)

    async def remove_webhook(self, credentials: Credentials, subscription_id: str, *, deadline: timedelta) -> None:
        token = await self._access.hearing(credentials, deadline)
        path = f"{_WEBHOOKS}/{quote(subscription_id, safe='')}"
        await self._calls.end("webhooks.delete", path, token, deadline=deadline)

    async def verify_webhook(self, request: WebhookRequest, secrets: Sequence[SecretStr], *, now: datetime) -> News:
        await self._certificates.check(request, secrets, now=now)
        return objects.read_news(request.payload)

    def read_news(self, payload: bytes) -> News:
        return objects.read_news(payload)

    async def _refunded(self, capture: Mapping[str, Any], token: SecretStr, deadline: timedelta) -> int:
        """What went back of it so far, and not by a dispute."""
        gone = await self._gone_back(capture, token, deadline)
        return given_back(gone, await self._disputes.about(token, capture["id"], deadline=deadline))

    async def _gone_back(self, capture: Mapping[str, Any], token: SecretStr, deadline: timedelta) -> list[GoneBack]:
        """Its order knows at once, the search of one that had none hours later."""
        order_id = objects.order_of(capture)
        if order_id is None:
            begin = datetime.fromisoformat(capture["create_time"])
            return gone_by_rows(await self._search.every(token, since=begin, deadline=deadline), capture["id"])
        order = await self._calls.read("orders.get", _order(order_id), token, deadline=deadline)
        return gone_by_refunds(objects.refunds_in(order, capture["id"]))

    async def _webhook_at(self, url: str, token: SecretStr, deadline: timedelta) -> Mapping[str, Any] | None:
        listed = await self._calls.read("webhooks.list", _WEBHOOKS, token, deadline=deadline)
        return next((each for each in listed.get("webhooks") or () if each["url"] == url), None)


def _order(order_id: str) -> str:
    return f"{_ORDERS}/{quote(order_id, safe='')}"
