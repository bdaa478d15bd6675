"""Square as an external processor: payment links, the Payments API, OAuth and webhook subscriptions of one seller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from pydantic import SecretStr

from chassis.clock import Clock, utc_text
from chassis.http_client import VendorClient
from checkout.payments.processors.port import ProcessorRefused
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
from checkout.processors.signatures import base64_of, check_keyed_hash
from checkout.processors.square_calls import SquareCalls, bearer
from checkout.processors.square_disputes import SquareDisputes
from checkout.processors.square_objects import (
    COMMISSION,
    SquarePayment,
    choose_location,
    link_body,
    parts_of,
    read_account,
    read_changed,
    read_credentials,
    read_news,
    read_order,
    read_page,
    read_paid,
)
from checkout.processors.square_refunds import SquareRefunds
from checkout.processors.square_subscriptions import SquareSubscriptions

SIGNATURE: Final = "x-square-hmacsha256-signature"
_SCOPES: Final = (
    "MERCHANT_PROFILE_READ", "ORDERS_READ", "ORDERS_WRITE", "PAYMENTS_READ", "PAYMENTS_WRITE", COMMISSION,
)  # fmt: skip
_UNAUTHORIZED, _NOT_FOUND = 401, 404
_PAGE: Final = 100
# How a place in the list begins when its payments are read, and its disputes are left.
_DISPUTED: Final = "disputes:"
_LINKS: Final = "/v2/online-checkout/payment-links"


class SquareProcessor:
    """Sellers permit our application, or paste a token of their own.

    Square's code challenge is for applications that can keep no secret: the refresh tokens that come of it are good
    once, and a lost answer would cost the connection. Ours keeps a secret, so it takes the other flow (docs/adr/0030).
    Webhook subscriptions are an application's: ours has one for each connection, each of which hears of all sellers
    that permitted us (`News.account_id`).
    """

    name: Final = "square"
    pasted_fields: Final = ("access_token",)
    abilities: Final = Abilities(
        commission_at_source=True,
        refunds=True,
        partial_refunds=True,
        refundable_for=timedelta(days=365),
        pkce=False,
        test_webhooks=True,
        token_lifetime=timedelta(days=30),
        list_lag=timedelta(minutes=1),
        refunds_fail_within=None,
        currencies=None,
    )

    def __init__(self, client: VendorClient, *, base_url: str, application: Application, clock: Clock) -> None:
        """`base_url`: where sellers' browsers reach Square's authorize page."""
        self._calls = SquareCalls(client, clock)
        self._disputes = SquareDisputes(self._calls)
        self._subscriptions = SquareSubscriptions(self._calls)
        self._refunds = SquareRefunds(self._calls)
        self._base_url = base_url
        self._application = application

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None = None) -> str:  # noqa: ARG002
        query = {
            "client_id": self._application.client_id,
            "scope": " ".join(_SCOPES),
            "session": "false",
            "state": state,
            "redirect_uri": redirect_uri,
        }
        return f"{self._base_url}/oauth2/authorize?{urlencode(query, quote_via=quote)}"

    async def exchange(self, permission: Permission, *, deadline: timedelta) -> Credentials:
        given = {"code": permission.code.get_secret_value(), "redirect_uri": permission.redirect_uri}
        found = await self._obtain({"grant_type": "authorization_code", **given}, deadline)
        location = await self._location(found.access_token, deadline)
        return replace(found, place=location["id"])

    async def take_pasted(self, pasted: Mapping[str, SecretStr], *, deadline: timedelta) -> Credentials:
        if set(pasted) != set(self.pasted_fields):
            raise CredentialsRefused(_UNAUTHORIZED, "UNAUTHORIZED", "the access token is missing")
        token = pasted["access_token"]
        location = await self._location(token, deadline)
        return Credentials(account_id=location["merchant_id"], place=location["id"], access_token=token)

    async def refresh(self, credentials: Credentials, *, deadline: timedelta) -> Credentials:
        if credentials.refresh_token is None:
            return credentials
        given = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token.get_secret_value()}
        return replace(await self._obtain(given, deadline), place=credentials.place)

    async def revoke(self, credentials: Credentials, *, deadline: timedelta) -> None:
        """A token that was pasted is its owner's to revoke."""
        if credentials.refresh_token is None:
            return
        authorization = f"Client {self._application.client_secret.get_secret_value()}"
        body = {"client_id": self._application.client_id, "merchant_id": credentials.account_id}
        try:
            await self._calls.send(
                "oauth.revoke_token", "POST", "/oauth2/revoke", authorization, body, dict, deadline=deadline
            )
        except ProcessorRefused as refused:
            if refused.status != _NOT_FOUND:
                raise

    async def read_account(self, credentials: Credentials, *, deadline: timedelta) -> ExternalAccount:
        token = credentials.access_token
        scopes = await self._calls.send(
            "oauth.token_status", "POST", "/oauth2/token/status", bearer(token), {}, lambda found: found["scopes"],
            deadline=deadline, changes=False,
        )  # fmt: skip
        return read_account(await self._location(token, deadline), scopes)

    async def create_payment(self, credentials: Credentials, wish: PaymentWish, *, deadline: timedelta) -> ExternalPage:
        body, token = link_body(credentials, wish), bearer(credentials.access_token)
        return await self._calls.send("payment_links.create", "POST", _LINKS, token, body, read_page, deadline=deadline)

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
        link_id, _ = parts_of(page_id)
        state = await self.read_page(credentials, page_id, deadline=deadline)
        if state.status is not PageStatus.OPEN:
            return state
        path = f"{_LINKS}/{quote(link_id, safe='')}"
        await self._calls.end("payment_links.delete", path, credentials.access_token, deadline=deadline)
        return await self.read_page(credentials, page_id, deadline=deadline)

    async def cancel_wish(self, credentials: Credentials, wish: PaymentWish, *, deadline: timedelta) -> PageState:
        """The same key gives the link that was made, or makes one that nobody has seen."""
        page = await self.create_payment(credentials, wish, deadline=deadline)
        return await self.cancel(credentials, page.page_id, deadline=deadline)

    async def read_page(self, credentials: Credentials, page_id: str, *, deadline: timedelta) -> PageState:
        _, order_id = parts_of(page_id)
        path = f"/v2/orders/{quote(order_id, safe='')}"
        status, payment_id = await self._calls.get(
            "orders.get", path, credentials.access_token, read_order, deadline=deadline
        )
        payment = await self.read_payment(credentials, payment_id, deadline=deadline) if payment_id else None
        return PageState(status=status, payment=payment)

    async def read_payment(self, credentials: Credentials, payment_id: str, *, deadline: timedelta) -> ExternalPayment:
        paid = await self._paid(credentials, payment_id, deadline)
        return await self._refunds.less(credentials.access_token, paid, deadline=deadline)

    async def _paid(self, credentials: Credentials, payment_id: str, deadline: timedelta) -> SquarePayment:
        path = f"/v2/payments/{quote(payment_id, safe='')}"
        return await self._calls.get("payments.get", path, credentials.access_token, _payment, deadline=deadline)

    async def list_changed(
        self, credentials: Credentials, *, since: datetime, after: str | None, deadline: timedelta
    ) -> ChangedPayments:
        """Payments first, then disputes: of these Square has one list, with all there ever were."""
        if after is not None and after.startswith(_DISPUTED):
            return await self._disputed(credentials, since, after.removeprefix(_DISPUTED), deadline)
        page = await self._changed(credentials, since, after, deadline)
        return replace(page, after=page.after or _DISPUTED)

    async def _changed(
        self, credentials: Credentials, since: datetime, after: str | None, deadline: timedelta
    ) -> ChangedPayments:
        query = {
            "sort_field": "UPDATED_AT",
            "sort_order": "ASC",
            "updated_at_begin_time": utc_text(since),
            "location_id": credentials.place,
            "limit": _PAGE,
            **({"cursor": after} if after else {}),
        }
        path, token = f"/v2/payments?{urlencode(query)}", credentials.access_token
        found, following = await self._calls.get("payments.list", path, token, read_changed, deadline=deadline)
        payments = [await self._refunds.less(token, each, deadline=deadline) for each in found]
        return ChangedPayments(payments=tuple(payments), after=following)

    async def _disputed(
        self, credentials: Credentials, since: datetime, cursor: str, deadline: timedelta
    ) -> ChangedPayments:
        page = await self._disputes.page(credentials, since=since, cursor=cursor, deadline=deadline)
        payments = [
            await self.read_payment(credentials, each, deadline=deadline)
            for each in dict.fromkeys(dispute.payment_id for dispute in page.disputes)
        ]
        return ChangedPayments(
            payments=tuple(sorted(payments, key=lambda payment: payment.updated_at)),
            disputes=page.disputes,
            after=None if page.cursor is None else _DISPUTED + page.cursor,
        )

    async def read_dispute(self, credentials: Credentials, dispute_id: str, *, deadline: timedelta) -> ExternalDispute:
        return await self._disputes.read(credentials, dispute_id, deadline=deadline)

    async def refund(self, credentials: Credentials, wish: RefundWish, *, deadline: timedelta) -> ExternalRefund:
        return await self._refunds.give(credentials.access_token, wish, deadline=deadline)

    async def find_refund(
        self, credentials: Credentials, wish: RefundWish, *, deadline: timedelta
    ) -> ExternalRefund | None:
        paid, token = await self._paid(credentials, wish.payment_id, deadline), credentials.access_token
        found = await self._refunds.every(token, paid.refund_ids, deadline=deadline)
        return next((each.refund for each in found if each.key == wish.key), None)

    async def read_refund(self, credentials: Credentials, refund_id: str, *, deadline: timedelta) -> ExternalRefund:
        return (await self._refunds.read(credentials.access_token, refund_id, deadline=deadline)).refund

    async def register_webhook(self, credentials: Credentials, url: str, *, deadline: timedelta) -> Subscription:
        return await self._subscriptions.register(self._hearing(credentials), url, deadline=deadline)

    async def test_webhook(self, credentials: Credentials, subscription_id: str, *, deadline: timedelta) -> None:
        await self._subscriptions.test(self._hearing(credentials), subscription_id, deadline=deadline)

    async def remove_webhook(self, credentials: Credentials, subscription_id: str, *, deadline: timedelta) -> None:
        await self._subscriptions.remove(self._hearing(credentials), subscription_id, deadline=deadline)

    async def verify_webhook(
        self,
        request: WebhookRequest,
        secrets: Sequence[SecretStr],
        *,
        now: datetime,  # noqa: ARG002 Square signs no time
    ) -> News:
        signed, given = request.url.encode() + request.payload, request.headers.get(SIGNATURE, "")
        check_keyed_hash(signed, given, secrets, written=base64_of)
        return read_news(request.payload)

    def read_news(self, payload: bytes) -> News:
        return read_news(payload)

    def _hearing(self, credentials: Credentials) -> SecretStr:
        """The token of the application that hears of the account: ours, or that of whoever pasted one."""
        own = self._application.access_token
        return own if own is not None and credentials.refresh_token is not None else credentials.access_token

    async def _obtain(self, given: Mapping[str, str], deadline: timedelta) -> Credentials:
        """A code that was used is of no use again: after a lost answer the owner comes again."""
        secret = self._application.client_secret.get_secret_value()
        body = {"client_id": self._application.client_id, "client_secret": secret, **given}
        return await self._calls.send(
            "oauth.obtain_token", "POST", "/oauth2/token", "", body, read_credentials, deadline=deadline
        )

    async def _location(self, token: SecretStr, deadline: timedelta) -> Mapping[str, Any]:
        return await self._calls.get("locations.list", "/v2/locations", token, choose_location, deadline=deadline)


def _payment(answer: Mapping[str, Any]) -> SquarePayment:
    return read_paid(answer["payment"])
