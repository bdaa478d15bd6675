"""Calls to Stripe: in line before its rate limit, again until it has decided or the deadline has come."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from datetime import timedelta
from typing import Any, Final

import stripe

from chassis.clock import Clock
from chassis.counted import count_error
from chassis.http_client import VendorClient, VendorFailure, VendorResponse
from chassis.ratelimit import BucketTimeout, TokenBucket
from chassis.texts import said
from checkout.payments.processors.port import (
    ProcessorBusy,
    ProcessorFailed,
    ProcessorRefused,
    ProcessorUncertain,
    Turn,
)
from checkout.payments.processors.stripe_types import OPERATIONS
from checkout.payments.processors.trying import time_for, until_decided

API_VERSION: Final = stripe.api_version
_TOO_MANY, _CONFLICT, _SERVER_ERROR = 429, 409, 500
# What nobody waits for lets buyers go first, for a while: a list must be read in a rush, too.
_BEHIND_BUYERS: Final = frozenset({"sessions", "events", "movements"})
_STEP, _STEPS = timedelta(milliseconds=100), 20


class StripeCalls:
    """An account's calls go through a token bucket for each kind of call (C-1): a buyer never sees Stripe's 429."""

    def __init__(self, client: VendorClient, *, secret_key: str, rate: float, clock: Clock) -> None:
        self._client = client
        self.headers: Final = {
            "Authorization": f"Bearer {secret_key}",
            "Stripe-Version": API_VERSION,
            "Content-Type": "application/x-www-form-urlencoded",
        }
        self._clock = clock
        self._buckets = {name: TokenBucket(rate, capacity=max(1, int(rate / 5)), clock=clock) for name in OPERATIONS}
        self._about: Mapping[str, str] = {}

    def of(self, account: str) -> StripeCalls:
        """The same line of calls, about an account that is connected to ours."""
        other = copy(self)
        other._about = {"Stripe-Account": account}  # noqa: SLF001 one of us
        return other

    def queue(self) -> timedelta:
        """How long a buyer who asked now would wait."""
        return self._buckets["create"].expected_wait()

    def take_turn(self) -> Turn:
        """The next turn to open a session, for the buyer who is asking."""
        bucket = self._buckets["create"]
        wait = bucket.expected_wait()
        return Turn(at=bucket.take(), wait=wait)

    def place(self, wait: timedelta) -> int:
        """Which place in line it is, from 1, whose turn comes after this time."""
        return max(1, self._buckets["create"].turns_in(wait))

    async def ask(
        self,
        kind: str,
        method: str,
        path: str,
        *,
        deadline: timedelta,
        body: bytes | None = None,
        idempotency_key: str | None = None,
        turn: Turn | None = None,
    ) -> Mapping[str, Any]:
        """Tries until Stripe has decided or the deadline has come. An earlier try may have arrived: then uncertain.

        `turn`: what was taken for the first try. Raises ProcessorFailure.
        """
        extra = {**self._about, **({"Idempotency-Key": idempotency_key} if idempotency_key else {})}
        turns = iter([turn] if turn else [])

        async def once(left: timedelta) -> Mapping[str, Any]:
            await self._in_line(kind, left, next(turns, None))
            return await self._once(kind, method, path, body, extra, left)

        until = self._clock.monotonic() + deadline.total_seconds()
        await self._let_buyers_go_first(kind)
        left = timedelta(seconds=until - self._clock.monotonic())
        return await until_decided(once, deadline=left, clock=self._clock)

    async def _in_line(self, kind: str, left: timedelta, turn: Turn | None) -> None:
        if left <= timedelta(0):
            raise ProcessorBusy("no time left")
        try:
            await self._buckets[kind].acquire(left, taken=turn.at if turn else None)
        except BucketTimeout as error:
            raise ProcessorBusy(str(error)) from error

    async def _once(
        self, kind: str, method: str, path: str, body: bytes | None, extra: Mapping[str, str], left: timedelta
    ) -> Mapping[str, Any]:
        try:
            response = await self._client.request(
                method,
                path,
                operation=OPERATIONS[kind],
                headers={**self.headers, **extra},
                body=body,
                timeout=time_for(left),
            )
        except VendorFailure as failure:
            raise (ProcessorUncertain if failure.ambiguous else ProcessorFailed)(failure.reason) from failure
        return self._judge(response, self._buckets[kind])

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

    async def _let_buyers_go_first(self, kind: str) -> None:
        for _ in range(_STEPS if kind in _BEHIND_BUYERS else 0):
            if self.queue() <= timedelta(0):
                return
            await self._clock.sleep(_STEP)


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
