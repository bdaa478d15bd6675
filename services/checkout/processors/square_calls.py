"""Calls to Square: its version, a seller's or the application's token, and JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from pydantic import SecretStr

from chassis.clock import Clock
from chassis.http_client import VendorClient
from checkout.payments.processors.trying import Answer
from checkout.processors.calls import ExternalCall, ExternalCalls
from checkout.processors.square_objects import refusal

API_VERSION: Final = "2026-09-16"


class SquareCalls:
    """Raises ProcessorFailure."""

    def __init__(self, client: VendorClient, clock: Clock) -> None:
        self._calls = ExternalCalls(client, refusal=refusal, clock=clock)

    async def get(
        self,
        operation: str,
        path: str,
        token: SecretStr,
        read: Callable[[Mapping[str, Any]], Answer],
        *,
        deadline: timedelta,
    ) -> Answer:
        """What `read` makes of something that is only looked at."""
        call = ExternalCall(operation=operation, method="GET", path=path, headers=_headers(bearer(token)))
        return await self._calls.ask_for(call, read, deadline=deadline)

    async def send(
        self,
        operation: str,
        method: str,
        path: str,
        authorization: str,
        body: Mapping[str, object] | None,
        read: Callable[[Mapping[str, Any]], Answer],
        *,
        deadline: timedelta,
        changes: bool = True,
    ) -> Answer:
        """What `read` makes of the answer to a call that must be safe to repeat; `changes`: it may have an effect."""
        call = ExternalCall(
            operation=operation,
            method=method,
            path=path,
            headers=_headers(authorization),
            body=None if body is None else json.dumps(body).encode(),
            changes=changes,
        )
        return await self._calls.ask_for(call, read, deadline=deadline)

    async def end(self, operation: str, path: str, token: SecretStr, *, deadline: timedelta) -> None:
        """Deletes something; what is gone already is so."""
        headers = _headers(bearer(token))
        call = ExternalCall(operation=operation, method="DELETE", path=path, headers=headers, changes=True)
        await self._calls.end(call, deadline=deadline)


def bearer(token: SecretStr) -> str:
    """How a token is sent."""
    return f"Bearer {token.get_secret_value()}"


def _headers(authorization: str) -> Mapping[str, str]:
    return {"Authorization": authorization, "Square-Version": API_VERSION, "Content-Type": "application/json"}
