"""Corner, a processor that nobody has heard of: a whole adapter in one file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

from pydantic import SecretStr

from chassis.clock import Clock
from chassis.http_client import VendorClient
from chassis.signatures import SignatureInvalid
from checkout.payments.processors.port import ProcessorRefused
from checkout.processors.accounts import Application, Credentials, ExternalAccount, Permission
from checkout.processors.calls import ExternalCall, ExternalCalls
from checkout.processors.domain import (
    Abilities,
    ChangedPayments,
    CredentialsRefused,
    DisputeStatus,
    ExternalDispute,
    ExternalPage,
    ExternalPayment,
    ExternalRefund,
    PageState,
    PageStatus,
    PaymentStatus,
    PaymentWish,
    RefundStatus,
    RefundWish,
)
from checkout.processors.news import News, NewsKind, Subscription, WebhookRequest
from checkout.processors.signatures import check_keyed_hash, sha256_hex

SIGNATURE: Final = "x-corner-signature"
_UNAUTHORIZED, _NOT_FOUND = 401, 404
_KINDS: Final = {"payment": NewsKind.PAYMENT, "refund": NewsKind.REFUND, "dispute": NewsKind.DISPUTE}


class CornerProcessor:
    """It keeps no commission for us, gives payments back whole only, and takes no code challenge."""

    name: Final = "corner"
    pasted_fields: Final = ("access_token",)
    abilities: Final = Abilities(
        commission_at_source=False,
        refunds=True,
        partial_refunds=False,
        refundable_for=None,
        pkce=False,
        test_webhooks=True,
        token_lifetime=timedelta(hours=1),
        list_lag=timedelta(seconds=1),
        refunds_fail_within=None,
        currencies=None,
    )

    def __init__(self, client: VendorClient, *, base_url: str, application: Application, clock: Clock) -> None:
        self._calls = ExternalCalls(client, refusal=_refusal, clock=clock)
        self._base_url = base_url
        self._application = application

    def authorize_url(self, *, state: str, redirect_uri: str, challenge: str | None = None) -> str:  # noqa: ARG002
        query = {"client": self._application.client_id, "state": state, "back": redirect_uri}
        return f"{self._base_url}/authorize?{urlencode(query)}"

    async def exchange(self, permission: Permission, *, deadline: timedelta) -> Credentials:
        return await self._token({"code": permission.code.get_secret_value()}, deadline)

    async def take_pasted(self, pasted: Mapping[str, SecretStr], *, deadline: timedelta) -> Credentials:
        if set(pasted) != set(self.pasted_fields):
            raise CredentialsRefused(_UNAUTHORIZED, "incomplete", "The access token is missing")
        found = await self._ask("me", "GET", "/me", deadline, token=pasted["access_token"])
        return Credentials(account_id=found["id"], access_token=pasted["access_token"])

    async def refresh(self, credentials: Credentials, *, deadline: timedelta) -> Credentials:
        if credentials.refresh_token is None:
            return credentials
        return await self._token({"refresh": credentials.refresh_token.get_secret_value()}, deadline)

    async def revoke(self, credentials: Credentials, *, deadline: timedelta) -> None:
        body = {"account": credentials.account_id, "secret": self._application.client_secret.get_secret_value()}
        await self._ask("revoke", "POST", "/revoke", deadline, body=body, changes=True)

    async def read_account(self, credentials: Credentials, *, deadline: timedelta) -> ExternalAccount:
        found = await self._ask("me", "GET", "/me", deadline, token=credentials.access_token)
        return ExternalAccount(
            account_id=found["id"],
            name=found["name"],
            currency=found["currency"],
            can_charge=True,
            can_refund=True,
            commission_at_source=False,
            details_submitted=True,
        )

    async def create_payment(self, credentials: Credentials, wish: PaymentWish, *, deadline: timedelta) -> ExternalPage:
        body = {"key": wish.key, "amount": wish.amount, "currency": wish.currency, "title": wish.title}
        found = await self._ask(
            "pages.create", "POST", "/pages", deadline, token=credentials.access_token, body=body, changes=True
        )
        return ExternalPage(page_id=found["id"], url=found["url"])

    async def complete(
        self,
        credentials: Credentials,
        page_id: str,
        *,
        key: str,  # noqa: ARG002
        deadline: timedelta,
    ) -> PageState:
        return await self.read_page(credentials, page_id, deadline=deadline)

    async def cancel(self, credentials: Credentials, page_id: str, *, deadline: timedelta) -> PageState:
        path = f"/pages/{quote(page_id, safe='')}"
        return _state(
            await self._ask("pages.close", "DELETE", path, deadline, token=credentials.access_token, changes=True)
        )

    async def cancel_wish(self, credentials: Credentials, wish: PaymentWish, *, deadline: timedelta) -> PageState:
        page = await self.create_payment(credentials, wish, deadline=deadline)
        return await self.cancel(credentials, page.page_id, deadline=deadline)

    async def read_page(self, credentials: Credentials, page_id: str, *, deadline: timedelta) -> PageState:
        path = f"/pages/{quote(page_id, safe='')}"
        return _state(await self._ask("pages.read", "GET", path, deadline, token=credentials.access_token))

    async def read_payment(self, credentials: Credentials, payment_id: str, *, deadline: timedelta) -> ExternalPayment:
        path = f"/payments/{quote(payment_id, safe='')}"
        return _payment(await self._ask("payments.read", "GET", path, deadline, token=credentials.access_token))

    async def list_changed(
        self, credentials: Credentials, *, since: datetime, after: str | None, deadline: timedelta
    ) -> ChangedPayments:
        path = "/payments?" + urlencode({"since": since.isoformat(), **({"after": after} if after else {})})
        found = await self._ask("payments.list", "GET", path, deadline, token=credentials.access_token)
        payments, disputes = map(_payment, found["payments"]), map(_dispute, found["disputes"])
        return ChangedPayments(payments=tuple(payments), disputes=tuple(disputes), after=found["after"])

    async def read_dispute(self, credentials: Credentials, dispute_id: str, *, deadline: timedelta) -> ExternalDispute:
        path = f"/disputes/{quote(dispute_id, safe='')}"
        return _dispute(await self._ask("disputes.read", "GET", path, deadline, token=credentials.access_token))

    async def refund(self, credentials: Credentials, wish: RefundWish, *, deadline: timedelta) -> ExternalRefund:
        body = {"key": wish.key, "payment": wish.payment_id, "amount": wish.amount}
        found = await self._ask(
            "refunds.create", "POST", "/refunds", deadline, token=credentials.access_token, body=body, changes=True
        )
        return _refund(found)

    async def find_refund(
        self, credentials: Credentials, wish: RefundWish, *, deadline: timedelta
    ) -> ExternalRefund | None:
        path = f"/payments/{quote(wish.payment_id, safe='')}"
        found = await self._ask("payments.read", "GET", path, deadline, token=credentials.access_token)
        made = found["refund"] if found["refund"] and found["refund"]["key"] == wish.key else None
        return None if made is None else _refund(made)

    async def read_refund(self, credentials: Credentials, refund_id: str, *, deadline: timedelta) -> ExternalRefund:
        path = f"/refunds/{quote(refund_id, safe='')}"
        return _refund(await self._ask("refunds.read", "GET", path, deadline, token=credentials.access_token))

    async def register_webhook(self, credentials: Credentials, url: str, *, deadline: timedelta) -> Subscription:
        found = await self._ask(
            "hooks.put", "PUT", "/hooks", deadline, token=credentials.access_token, body={"url": url}, changes=True
        )
        return Subscription(
            subscription_id=found["id"], url=found["url"], secret=SecretStr(found["secret"]), enabled=True
        )

    async def test_webhook(self, credentials: Credentials, subscription_id: str, *, deadline: timedelta) -> None:
        path = f"/hooks/{quote(subscription_id, safe='')}/test"
        await self._ask("hooks.test", "POST", path, deadline, token=credentials.access_token, changes=True)

    async def remove_webhook(self, credentials: Credentials, subscription_id: str, *, deadline: timedelta) -> None:
        path = f"/hooks/{quote(subscription_id, safe='')}"
        await self._ask("hooks.remove", "DELETE", path, deadline, token=credentials.access_token, changes=True)

    async def verify_webhook(
        self,
        request: WebhookRequest,
        secrets: Sequence[SecretStr],
        *,
        now: datetime,  # noqa: ARG002
    ) -> News:
        given = request.headers.get(SIGNATURE, "")
        check_keyed_hash(request.payload, given, secrets, written=sha256_hex)
        return self.read_news(request.payload)

    def read_news(self, payload: bytes) -> News:
        try:
            found = json.loads(payload)
            payment = _payment(found["payment"]) if found["type"] == "payment" else None
            dispute = found.get("dispute")
            return News(
                event_id=found["id"],
                type=found["type"],
                kind=_KINDS.get(found["type"], NewsKind.OTHER),
                account_id=found["account"],
                created_at=datetime.fromisoformat(found["at"]),
                subject_id=payment.payment_id if payment else (dispute or {}).get("dispute_id"),
                payment_id=payment.payment_id if payment else found.get("about"),
                payment=payment,
                dispute=_dispute(dispute) if dispute else None,
            )
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise SignatureInvalid("The body is not an event.") from error

    async def _token(self, asked: Mapping[str, str], deadline: timedelta) -> Credentials:
        body = {**asked, "secret": self._application.client_secret.get_secret_value()}
        found = await self._ask("token", "POST", "/token", deadline, body=body)
        return Credentials(
            account_id=found["account"],
            access_token=SecretStr(found["access"]),
            refresh_token=SecretStr(found["refresh"]),
            expires_at=datetime.now(UTC) + timedelta(seconds=found["seconds"]),
        )

    async def _ask(
        self,
        operation: str,
        method: str,
        path: str,
        deadline: timedelta,
        *,
        token: SecretStr | None = None,
        body: Mapping[str, object] | None = None,
        changes: bool = False,
    ) -> Mapping[str, Any]:
        call = ExternalCall(
            operation=operation,
            method=method,
            path=path,
            headers={"authorization": f"Bearer {token.get_secret_value()}"} if token else {},
            body=None if body is None else json.dumps(body).encode(),
            changes=changes,
        )
        return await self._calls.ask(call, deadline=deadline)


def _refusal(status: int, body: Mapping[str, Any]) -> ProcessorRefused:
    refused = CredentialsRefused if status == _UNAUTHORIZED else ProcessorRefused
    return refused(status, str(body.get("code")), "Corner refuses it")


def _state(found: Mapping[str, Any]) -> PageState:
    payment = _payment(found["payment"]) if found["payment"] else None
    return PageState(status=PageStatus(found["status"]), payment=payment)


def _payment(found: Mapping[str, Any]) -> ExternalPayment:
    return ExternalPayment(
        payment_id=found["id"],
        key=found["key"],
        status=PaymentStatus.COMPLETED,
        amount=found["amount"],
        refunded=found["refunded"],
        currency=found["currency"],
        commission=0,
        fee=None,
        created_at=datetime.fromisoformat(found["created"]),
        updated_at=datetime.fromisoformat(found["updated"]),
    )


def _dispute(found: Mapping[str, Any]) -> ExternalDispute:
    status = DisputeStatus(found["status"])
    return ExternalDispute(
        dispute_id=found["dispute_id"],
        payment_id=found["payment_id"],
        status=status,
        code="unknown",
        amount=found["amount"],
        returned=found["amount"] if status is DisputeStatus.WON else 0,
        currency=found["currency"],
        opened_at=datetime.fromisoformat(found["opened_at"]),
        changed_at=datetime.fromisoformat(found["changed_at"]),
    )


def _refund(found: Mapping[str, Any]) -> ExternalRefund:
    return ExternalRefund(
        refund_id=found["id"],
        payment_id=found["payment"],
        status=RefundStatus.COMPLETED,
        amount=found["amount"],
        currency=found["currency"],
    )
