"""Square as an external processor: payment links, the Payments API, OAuth and webhook subscriptions of one seller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import uuid4

from pydantic import SecretStr

from chassis.clock import Clock, utc_text
from chassis.http_client import VendorClient
from checkout.payments.processors.port import ProcessorRefused
from checkout.processors.domain import (
    Abilities,
    Application,
    ChangedPayments,
    Credentials,
    CredentialsRefused,
    ExternalAccount,
    ExternalPage,
    ExternalPayment,
    ExternalRefund,
    News,
    PageState,
    PageStatus,
    PaymentWish,
    Permission,
    RefundWish,
    Subscription,
    WebhookRequest,
)
from checkout.processors.signatures import base64_of, check_keyed_hash
from checkout.processors.square_calls import SquareCalls, bearer
from checkout.processors.square_objects import (
    COMMISSION,
    HANDLED,
    choose_location,
    link_body,
    page_id_of,
    parts_of,
    read_account,
    read_credentials,
    read_news,
    read_payment,
    read_refund,
    read_subscription,
    refund_body,
    tender_of,
)

SIGNATURE: Final = "x-square-hmacsha256-signature"
_SCOPES: Final = (
    "MERCHANT_PROFILE_READ", "ORDERS_READ", "ORDERS_WRITE", "PAYMENTS_READ", "PAYMENTS_WRITE", COMMISSION,
)  # fmt: skip
_UNAUTHORIZED, _NOT_FOUND = 401, 404
_PAGE: Final = 100
_LINKS, _SUBSCRIPTIONS = "/v2/online-checkout/payment-links", "/v2/webhooks/subscriptions"
_PAGE_STATUSES: Final = {"COMPLETED": PageStatus.PAID, "CANCELED": PageStatus.CLOSED}


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
        pkce=False,
        test_webhooks=True,
        token_lifetime=timedelta(days=30),
        list_lag=timedelta(minutes=1),
    )

    def __init__(self, client: VendorClient, *, base_url: str, application: Application, clock: Clock) -> None:
        """`base_url`: where sellers' browsers reach Square's authorize page."""
        self._calls = SquareCalls(client, clock)
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
        token = await self._obtain({"grant_type": "authorization_code", **given}, deadline)
        location = await self._location(SecretStr(token["access_token"]), deadline)
        return read_credentials(token, location["id"])

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
        return read_credentials(await self._obtain(given, deadline), credentials.place)

    async def revoke(self, credentials: Credentials, *, deadline: timedelta) -> None:
        """A token that was pasted is its owner's to revoke."""
        if credentials.refresh_token is None:
            return
        authorization = f"Client {self._application.client_secret.get_secret_value()}"
        body = {"client_id": self._application.client_id, "merchant_id": credentials.account_id}
        try:
            await self._calls.send(
                "oauth.revoke_token", "POST", "/oauth2/revoke", authorization, body, deadline=deadline
            )
        except ProcessorRefused as refused:
            if refused.status != _NOT_FOUND:
                raise

    async def read_account(self, credentials: Credentials, *, deadline: timedelta) -> ExternalAccount:
        token = credentials.access_token
        status = await self._calls.send(
            "oauth.token_status", "POST", "/oauth2/token/status", bearer(token), {}, deadline=deadline, changes=False
        )
        return read_account(await self._location(token, deadline), status.get("scopes"))

    async def create_payment(self, credentials: Credentials, wish: PaymentWish, *, deadline: timedelta) -> ExternalPage:
        body = link_body(credentials, wish)
        found = await self._calls.send(
            "payment_links.create", "POST", _LINKS, bearer(credentials.access_token), body, deadline=deadline
        )
        link = found["payment_link"]
        return ExternalPage(page_id=page_id_of(link), url=link["url"])

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
        order = (await self._calls.read("orders.get", path, credentials.access_token, deadline=deadline))["order"]
        payment_id = tender_of(order)
        payment = await self.read_payment(credentials, payment_id, deadline=deadline) if payment_id else None
        return PageState(status=_PAGE_STATUSES.get(order["state"], PageStatus.OPEN), payment=payment)

    async def read_payment(self, credentials: Credentials, payment_id: str, *, deadline: timedelta) -> ExternalPayment:
        path = f"/v2/payments/{quote(payment_id, safe='')}"
        found = await self._calls.read("payments.get", path, credentials.access_token, deadline=deadline)
        return read_payment(found["payment"])

    async def list_changed(
        self, credentials: Credentials, *, since: datetime, after: str | None, deadline: timedelta
    ) -> ChangedPayments:
        query = {
            "sort_field": "UPDATED_AT",
            "sort_order": "ASC",
            "updated_at_begin_time": utc_text(since),
            "location_id": credentials.place,
            "limit": _PAGE,
            **({"cursor": after} if after else {}),
        }
        path = f"/v2/payments?{urlencode(query)}"
        found = await self._calls.read("payments.list", path, credentials.access_token, deadline=deadline)
        return ChangedPayments(
            payments=tuple(map(read_payment, found.get("payments") or ())), after=found.get("cursor") or None
        )

    async def refund(self, credentials: Credentials, wish: RefundWish, *, deadline: timedelta) -> ExternalRefund:
        body, token = refund_body(wish), bearer(credentials.access_token)
        found = await self._calls.send("refunds.create", "POST", "/v2/refunds", token, body, deadline=deadline)
        return read_refund(found["refund"])

    async def read_refund(self, credentials: Credentials, refund_id: str, *, deadline: timedelta) -> ExternalRefund:
        path = f"/v2/refunds/{quote(refund_id, safe='')}"
        found = await self._calls.read("refunds.get", path, credentials.access_token, deadline=deadline)
        return read_refund(found["refund"])

    async def register_webhook(self, credentials: Credentials, url: str, *, deadline: timedelta) -> Subscription:
        token = self._hearing(credentials)
        path = f"{_SUBSCRIPTIONS}?include_disabled=true&limit={_PAGE}"
        listed = await self._calls.read("subscriptions.list", path, token, deadline=deadline)
        known = [each["id"] for each in listed.get("subscriptions") or () if each["notification_url"] == url]
        wanted = {"name": "Payments", "enabled": True, "event_types": HANDLED, "notification_url": url}
        body: dict[str, object] = {"subscription": wanted}
        if known:
            path = f"{_SUBSCRIPTIONS}/{known[0]}"
            await self._calls.send("subscriptions.update", "PUT", path, bearer(token), body, deadline=deadline)
            found = await self._calls.read("subscriptions.get", path, token, deadline=deadline)
        else:
            body["idempotency_key"] = str(uuid4())
            found = await self._calls.send(
                "subscriptions.create", "POST", _SUBSCRIPTIONS, bearer(token), body, deadline=deadline
            )
        return read_subscription(found["subscription"])

    async def test_webhook(self, credentials: Credentials, subscription_id: str, *, deadline: timedelta) -> None:
        path = f"{_SUBSCRIPTIONS}/{quote(subscription_id, safe='')}/test"
        token, body = bearer(self._hearing(credentials)), {"event_type": "payment.updated"}
        found = await self._calls.send("subscriptions.test", "POST", path, token, body, deadline=deadline)
        status = found["subscription_test_result"].get("status_code") or 0
        if not 200 <= status < 300:
            raise ProcessorRefused(status, "webhook_not_taken", f"the test event was answered with {status}")

    async def remove_webhook(self, credentials: Credentials, subscription_id: str, *, deadline: timedelta) -> None:
        path = f"{_SUBSCRIPTIONS}/{quote(subscription_id, safe='')}"
        await self._calls.end("subscriptions.delete", path, self._hearing(credentials), deadline=deadline)

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

    async def _obtain(self, given: Mapping[str, str], deadline: timedelta) -> Mapping[str, Any]:
        """A code that was used is of no use again: after a lost answer the owner comes again."""
        secret = self._application.client_secret.get_secret_value()
        body = {"client_id": self._application.client_id, "client_secret": secret, **given}
        return await self._calls.send("oauth.obtain_token", "POST", "/oauth2/token", "", body, deadline=deadline)

    async def _location(self, token: SecretStr, deadline: timedelta) -> Mapping[str, Any]:
        return choose_location(await self._calls.read("locations.list", "/v2/locations", token, deadline=deadline))
