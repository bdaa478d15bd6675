"""Stripe Checkout Sessions: the SDK's encoding and types, our own pooled client (design §6).

No lock, transaction or pooled connection is held while anything here runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

import stripe
from stripe._encode import _api_encode
from stripe.params.checkout import SessionCreateParams

from chassis.clock import Clock
from chassis.errors import Unavailable
from chassis.http_client import VendorAnswer, VendorClient, VendorFailure
from chassis.ratelimit import BucketTimeout, TokenBucket
from chassis.telemetry import get_logger
from checkout.payments.domain import Session, read_session

log = get_logger()

API_VERSION: Final = stripe.api_version
_TOO_MANY, _CONFLICT, _SERVER_ERROR = 429, 409, 500
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(milliseconds=250), timedelta(seconds=2)
_LONGEST_TRY: Final = timedelta(seconds=8)


class StripeFailure(Exception):  # noqa: N818 the base of four conditions
    """Stripe did not do it."""


class StripeRefused(StripeFailure):
    """Stripe has decided: 4xx. It did not happen and will not, with these parameters."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        super().__init__(f"Stripe {status} {code}: {message}")


class StripeFailed(StripeFailure):
    """Stripe's own failure (5xx), or it could not be reached at all."""


class StripeBusy(StripeFailure):
    """The queue, or Stripe's limit, would take longer than the deadline; nothing happened."""


class StripeUncertain(StripeFailure):
    """No answer in time: it may have happened. Ask again with the same idempotency key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sale:
    """What a payment page is to sell. `unit_price` in minor units; `expires_at` in Unix seconds."""

    order_id: str
    city_id: str
    tier: str
    quantity: int
    unit_price: int
    currency: str
    title: str
    email: str
    success_url: str
    cancel_url: str
    expires_at: int


def session_parameters(sale: Sale) -> SessionCreateParams:
    """Inline prices: nothing has to be made in Stripe's dashboard. The metadata is C-1's, on the payment too."""
    metadata = {
        "cityId": sale.city_id,
        "ticketType": sale.tier.upper(),
        "quantity": str(sale.quantity),
        "orderId": sale.order_id,
    }
    return {
        "mode": "payment",
        "client_reference_id": sale.order_id,
        "customer_email": sale.email,
        "line_items": [
            {
                "quantity": sale.quantity,
                "price_data": {
                    "currency": sale.currency.lower(),
                    "unit_amount": sale.unit_price,
                    "product_data": {"name": sale.title},
                },
            }
        ],
        "metadata": metadata,
        "payment_intent_data": {"metadata": metadata},
        "success_url": sale.success_url,
        "cancel_url": sale.cancel_url,
        "expires_at": sale.expires_at,
    }


def encode(parameters: Mapping[str, Any]) -> str:
    """Stripe's form encoding, by the SDK: what is stored and sent, byte for byte the same each time."""
    return urlencode(list(_api_encode(parameters)))


class StripeGateway:
    """Calls to Stripe through a token bucket for each kind of call (C-1): a buyer never sees Stripe's 429."""

    def __init__(self, client: VendorClient, *, secret_key: str, rate: float, clock: Clock) -> None:
        self._client = client
        self._headers = {
            "Authorization": f"Bearer {secret_key}",
            "Stripe-Version": API_VERSION,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._clock = clock
        self._buckets = {
            name: TokenBucket(rate, capacity=max(1, int(rate / 5)), clock=clock)
            for name in ("create", "expire", "read")
        }

    def queue(self) -> tuple[timedelta, int]:
        """How long somebody who asked for a session now would wait, and behind how many."""
        bucket = self._buckets["create"]
        return bucket.expected_wait(), bucket.waiting()

    async def ping(self) -> None:
        """A free call for the health page (M-3), past the bucket; raises when the account does not answer."""
        answer = await self._client.request("GET", "/v1/account", operation="account.retrieve", headers=self._headers)
        if not answer.ok:
            raise Unavailable(f"Stripe answers {answer.status}")

    async def create_session(self, parameters: str, *, idempotency_key: str, deadline: timedelta) -> Session:
        """The same call again gives the same session. Raises a StripeFailure."""
        answer = await self._persist(
            "create",
            "POST",
            "/v1/checkout/sessions",
            body=parameters.encode(),
            idempotency_key=idempotency_key,
            deadline=deadline,
        )
        return _session(answer)

    async def expire_session(self, session_id: str, *, deadline: timedelta) -> Session:
        """StripeRefused (400) when it is no longer open: then ask what became of it."""
        path = f"/v1/checkout/sessions/{quote(session_id, safe='')}/expire"
        return _session(await self._persist("expire", "POST", path, body=b"", deadline=deadline))

    async def read_session(self, session_id: str, *, deadline: timedelta) -> Session:
        path = f"/v1/checkout/sessions/{quote(session_id, safe='')}"
        return _session(await self._persist("read", "GET", path, deadline=deadline))

    async def read_object(self, path: str, *, deadline: timedelta) -> Mapping[str, Any]:
        """The object that a thin event is about; `path` is its `related_object.url`."""
        return await self._persist("read", "GET", path, deadline=deadline)

    async def _persist(
        self,
        kind: str,
        method: str,
        path: str,
        *,
        deadline: timedelta,
        body: bytes | None = None,
        idempotency_key: str | None = None,
    ) -> Mapping[str, Any]:
        """Tries until Stripe has decided or the deadline has come. An earlier try may have arrived: then uncertain."""
        until = self._clock.monotonic() + deadline.total_seconds()
        pause, uncertain = _FIRST_PAUSE, False
        while True:
            left = timedelta(seconds=until - self._clock.monotonic())
            try:
                return await self._once(kind, method, path, body, idempotency_key, left)
            except (StripeRefused, StripeFailed):
                raise
            except StripeUncertain:
                uncertain = True
            except StripeBusy:
                pass
            if left <= pause:
                raise StripeUncertain("no answer in time") if uncertain else StripeBusy("Stripe is busy")
            await self._clock.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def _once(
        self, kind: str, method: str, path: str, body: bytes | None, idempotency_key: str | None, left: timedelta
    ) -> Mapping[str, Any]:
        if left <= timedelta(0):
            raise StripeBusy("no time left")
        bucket = self._buckets[kind]
        try:
            await bucket.acquire(left)
        except BucketTimeout as error:
            raise StripeBusy(str(error)) from error
        headers = {**self._headers, **({"Idempotency-Key": idempotency_key} if idempotency_key else {})}
        try:
            answer = await self._client.request(
                method,
                path,
                operation=f"sessions.{kind}",
                headers=headers,
                body=body,
                timeout=min(_LONGEST_TRY, max(left, timedelta(milliseconds=100))),
            )
        except VendorFailure as failure:
            raise (StripeUncertain if failure.ambiguous else StripeFailed)(failure.reason) from failure
        return self._judge(answer, bucket)

    def _judge(self, answer: VendorAnswer, bucket: TokenBucket) -> Mapping[str, Any]:
        found = _json(answer)
        if answer.ok:
            return found
        error = found.get("error") or {}
        code, message = str(error.get("code") or error.get("type") or ""), str(error.get("message") or "")
        if answer.status == _TOO_MANY:
            bucket.pause(answer.retry_after(self._clock.now()) or timedelta(seconds=0.2))
            raise StripeBusy("rate limited")
        if answer.status == _CONFLICT:
            # The same idempotency key is being worked on: by the call whose answer we lost.
            raise StripeUncertain(message)
        log.error("stripe_api_errors", status=answer.status, code=code)
        if answer.status >= _SERVER_ERROR:
            raise StripeFailed(f"Stripe {answer.status}")
        raise StripeRefused(answer.status, code, message)


def _session(found: Mapping[str, Any]) -> Session:
    """What is answered and yet no session says nothing of what happened."""
    try:
        return read_session(found)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StripeUncertain("the answer is no session") from error


def _json(answer: VendorAnswer) -> Mapping[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if isinstance(found, dict):
        return found
    if answer.ok:
        raise StripeUncertain("the answer can't be read")
    return {}
