"""Stripe as a processor: Checkout Sessions and webhooks, by the SDK's types and our own pooled client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

import stripe

from chassis.clock import Clock
from chassis.counted import count_error
from chassis.errors import Unavailable
from chassis.http_client import VendorClient, VendorFailure, VendorResponse
from chassis.ratelimit import BucketTimeout, TokenBucket
from chassis.texts import said
from checkout.payments.domain import Session
from checkout.payments.errors import ObjectUnreadable
from checkout.payments.processors import stripe_webhooks
from checkout.payments.processors.port import (
    GivenBack,
    Listed,
    ProcessorBusy,
    ProcessorFailed,
    ProcessorFailure,
    ProcessorRefused,
    ProcessorUncertain,
    Sale,
    Stretch,
)
from checkout.payments.processors.stripe_objects import (
    NAME,
    encode,
    listing_parameters,
    read_balance,
    read_page,
    read_refund,
    read_session,
    refund_id_of,
    refund_parameters,
    session_parameters,
)
from checkout.payments.processors.stripe_types import HANDLED, OPERATIONS
from checkout.webhooks.domain import RawWebhook, StoredWebhook

API_VERSION: Final = stripe.api_version
_TOO_MANY, _CONFLICT, _SERVER_ERROR = 429, 409, 500
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(milliseconds=250), timedelta(seconds=2)
_LONGEST_TRY: Final = timedelta(seconds=8)
FETCH_DEADLINE: Final = timedelta(seconds=8)
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
        self._secrets = webhook_secrets
        self._connect_secrets = connect_secrets
        self._headers = {
            "Authorization": f"Bearer {secret_key}",
            "Stripe-Version": API_VERSION,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._clock = clock
        self._buckets = {name: TokenBucket(rate, capacity=max(1, int(rate / 5)), clock=clock) for name in OPERATIONS}

    def call_for(self, sale: Sale) -> str:
        return encode(session_parameters(sale))

    def queue(self) -> timedelta:
        return self._buckets["create"].expected_wait()

    def place(self, wait: timedelta) -> int:
        return max(1, self._buckets["create"].turns_in(wait))

    async def ping(self) -> None:
        response = await self._client.request("GET", "/v1/account", operation="account.retrieve", headers=self._headers)
        if not response.ok:
            raise Unavailable(f"Stripe answers {response.status}")

    async def create_session(self, parameters: str, *, idempotency_key: str, deadline: timedelta) -> Session:
        response = await self._persist(
            "create",
            "POST",
            "/v1/checkout/sessions",
            body=parameters.encode(),
            idempotency_key=idempotency_key,
            deadline=deadline,
        )
        return _session(response)

    async def expire_session(self, session_id: str, *, deadline: timedelta) -> Session:
        path = f"/v1/checkout/sessions/{quote(session_id, safe='')}/expire"
        return _session(await self._persist("expire", "POST", path, body=b"", deadline=deadline))

    async def read_session(self, session_id: str, *, deadline: timedelta) -> Session:
        path = f"/v1/checkout/sessions/{quote(session_id, safe='')}?{encode({'expand': [_CHARGE_OF_SESSION]})}"
        return _session(await self._persist("read", "GET", path, deadline=deadline))

    async def list_sessions(
        self, made: Stretch, *, complete: bool, after: str | None, deadline: timedelta
    ) -> Listed[Session]:
        wanted = {"status": "complete"} if complete else {}
        query = listing_parameters(made, after=after, **wanted, expand=[f"data.{_CHARGE_OF_SESSION}"])
        found = await self._persist("sessions", "GET", f"/v1/checkout/sessions?{query}", deadline=deadline)
        return read_page(found, _session)

    async def list_missed(self, happened: Stretch, *, after: str | None, deadline: timedelta) -> Listed[RawWebhook]:
        query = listing_parameters(happened, after=after, delivery_success="false", types=sorted(HANDLED))
        found = await self._persist("events", "GET", f"/v1/events?{query}", deadline=deadline)
        return read_page(found, stripe_webhooks.read_listed)

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
        found = await self._persist(
            "refund",
            "POST",
            "/v1/refunds",
            body=encode(parameters).encode(),
            idempotency_key=idempotency_key,
            deadline=deadline,
        )
        return _given_back(found)

    async def find_refund(self, payment_intent: str, *, refund_id: UUID, deadline: timedelta) -> GivenBack | None:
        query = urlencode({"payment_intent": payment_intent, "limit": 100, "expand[0]": "data.charge"})
        found = await self._persist("refunds", "GET", f"/v1/refunds?{query}", deadline=deadline)
        ours = (each for each in found.get("data") or () if refund_id_of(each) == str(refund_id))
        return next((_given_back(each) for each in ours), None)

    async def balance(self, *, deadline: timedelta) -> Mapping[str, int]:
        found = await self._persist("balance", "GET", "/v1/balance", deadline=deadline)
        return read_balance(found)

    def accept(self, payload: bytes, headers: Mapping[str, str], *, connected: bool = False) -> RawWebhook:
        header, secrets = headers.get("stripe-signature", ""), self._connect_secrets if connected else self._secrets
        secret = stripe_webhooks.verify(payload, header, secrets, now=self._clock.now())
        webhook = stripe_webhooks.read_webhook(payload, connected=connected)
        return replace(webhook, signed_by=stripe_webhooks.mark(secret))

    def marks(self, *, connected: bool) -> tuple[str, ...]:
        """Of the secrets that are accepted at an endpoint."""
        return tuple(map(stripe_webhooks.mark, self._connect_secrets if connected else self._secrets))

    async def read(self, kind: str, path: str, *, account: str | None = None, deadline: timedelta) -> Mapping[str, Any]:
        """What Stripe answers to a GET, for our own account or for one that is connected to it."""
        return await self._persist(kind, "GET", path, deadline=deadline, account=account)

    def subject_of(self, webhook: StoredWebhook) -> Mapping[str, Any] | None:
        if webhook.thin:
            return None
        subject: Mapping[str, Any] = webhook.document()["data"]["object"]
        return subject

    async def fetch_subject(self, webhook: StoredWebhook) -> Mapping[str, Any]:
        path = stripe_webhooks.object_path(webhook.document())
        try:
            return await self._persist("read", "GET", path, deadline=FETCH_DEADLINE)
        except ProcessorFailure as failure:
            raise ObjectUnreadable(f"Its object can't be read: {failure}") from failure

    def shown(self, payload: bytes) -> Any:
        return stripe_webhooks.shown(payload)

    def line_of(self, subject: Mapping[str, Any]) -> str:
        return str((subject.get("metadata") or {}).get("orderId") or subject.get("id"))

    async def _persist(
        self,
        kind: str,
        method: str,
        path: str,
        *,
        deadline: timedelta,
        body: bytes | None = None,
        idempotency_key: str | None = None,
        account: str | None = None,
    ) -> Mapping[str, Any]:
        """Tries until Stripe has decided or the deadline has come. An earlier try may have arrived: then uncertain."""
        extra = {
            **({"Idempotency-Key": idempotency_key} if idempotency_key else {}),
            **({"Stripe-Account": account} if account else {}),
        }
        until = self._clock.monotonic() + deadline.total_seconds()
        pause, uncertain = _FIRST_PAUSE, False
        while True:
            left = timedelta(seconds=until - self._clock.monotonic())
            try:
                return await self._once(kind, method, path, body, extra, left)
            except (ProcessorRefused, ProcessorFailed):
                raise
            except ProcessorUncertain:
                uncertain = True
            except ProcessorBusy:
                pass
            if left <= pause:
                raise ProcessorUncertain("no answer in time") if uncertain else ProcessorBusy("Stripe is busy")
            await self._clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _once(
        self, kind: str, method: str, path: str, body: bytes | None, extra: Mapping[str, str], left: timedelta
    ) -> Mapping[str, Any]:
        if left <= timedelta(0):
            raise ProcessorBusy("no time left")
        bucket = self._buckets[kind]
        try:
            await bucket.acquire(left)
        except BucketTimeout as error:
            raise ProcessorBusy(str(error)) from error
        try:
            response = await self._client.request(
                method,
                path,
                operation=OPERATIONS[kind],
                headers={**self._headers, **extra},
                body=body,
                timeout=min(_LONGEST_TRY, max(left, timedelta(milliseconds=100))),
            )
        except VendorFailure as failure:
            raise (ProcessorUncertain if failure.ambiguous else ProcessorFailed)(failure.reason) from failure
        return self._judge(response, bucket)

    def _judge(self, response: VendorResponse, bucket: TokenBucket) -> Mapping[str, Any]:
        found = _json(response)
        if response.ok:
            return found
        error = found.get("error") or {}
        code = said(error.get("code") or error.get("type"), longest=100)
        message = said(error.get("message"), longest=500)
        if response.status == _TOO_MANY:
            bucket.pause(response.retry_after(self._clock.now()) or timedelta(seconds=0.2))
            raise ProcessorBusy("rate limited")
        if response.status == _CONFLICT:
            # The same idempotency key is being worked on: by the call whose answer we lost.
            raise ProcessorUncertain(message)
        count_error("stripe_api_errors", status=response.status, refusal=code)
        if response.status >= _SERVER_ERROR:
            raise ProcessorFailed(f"Stripe answers {response.status}")
        raise ProcessorRefused(response.status, code, message)


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


def _json(response: VendorResponse) -> Mapping[str, Any]:
    try:
        found = response.json()
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    if response.ok:
        raise ProcessorUncertain("the answer can't be read")
    return {}
