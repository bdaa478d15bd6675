"""Calls to Stripe for a connected account: our key and the account's name, or a key of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from pydantic import SecretStr

from chassis.clock import Clock
from chassis.http_client import VendorClient
from checkout.payments.processors.stripe_calls import API_VERSION
from checkout.payments.processors.stripe_objects import encode
from checkout.payments.processors.trying import Answer
from checkout.processors.accounts import Credentials
from checkout.processors.calls import ExternalCall, ExternalCalls
from checkout.processors.stripe_objects import refusal


class StripeConnectCalls:
    """Raises ProcessorFailure; AnswerKept of a call with a key that Stripe has failed to answer for good."""

    def __init__(self, client: VendorClient, *, secret_key: SecretStr, clock: Clock) -> None:
        self._calls = ExternalCalls(client, refusal=refusal, clock=clock)
        self._key = secret_key

    async def get(
        self,
        operation: str,
        path: str,
        who: Credentials | None,
        read: Callable[[Mapping[str, Any]], Answer],
        *,
        deadline: timedelta,
    ) -> Answer:
        """What `read` makes of something that is only looked at. `who`: whose it is; None: our own."""
        call = ExternalCall(operation=operation, method="GET", path=path, headers=self._headers(who))
        return await self._calls.ask_for(call, read, deadline=deadline)

    async def send(
        self,
        operation: str,
        path: str,
        who: Credentials | None,
        body: Mapping[str, Any],
        read: Callable[[Mapping[str, Any]], Answer],
        *,
        key: str = "",
        deadline: timedelta,
    ) -> Answer:
        """What `read` makes of the answer to a call that has an effect, once for each key."""
        headers = self._headers(who) | ({"Idempotency-Key": key} if key else {})
        given = encode(body).encode()
        call = ExternalCall(operation=operation, method="POST", path=path, headers=headers, body=given, changes=True)
        return await self._calls.ask_for(call, read, deadline=deadline)

    async def end(self, operation: str, path: str, who: Credentials | None, *, deadline: timedelta) -> None:
        """Deletes something; what is gone already is so."""
        call = ExternalCall(operation=operation, method="DELETE", path=path, headers=self._headers(who), changes=True)
        await self._calls.end(call, deadline=deadline)

    def _headers(self, who: Credentials | None) -> dict[str, str]:
        """Whoever permitted us has a refresh token and is called for with our key; one who pasted a key, with that."""
        pasted = who is not None and who.refresh_token is None
        key = who.access_token if who is not None and pasted else self._key
        account = {} if who is None or pasted else {"Stripe-Account": who.account_id}
        return {
            "Authorization": f"Bearer {key.get_secret_value()}",
            "Stripe-Version": API_VERSION,
            "Content-Type": "application/x-www-form-urlencoded",
            **account,
        }
