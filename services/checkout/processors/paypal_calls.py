"""Calls to PayPal: a seller's token or the application's, JSON or a form, and the id that makes one safe to repeat."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, TypeAlias
from urllib.parse import urlencode

from pydantic import SecretStr

from chassis.clock import Clock
from chassis.http_client import VendorClient
from checkout.processors.calls import ExternalCall, ExternalCalls
from checkout.processors.paypal_objects import refusal

Check: TypeAlias = Callable[[Mapping[str, Any]], object]
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


class PaypalCalls:
    """Raises ProcessorFailure."""

    def __init__(self, client: VendorClient, clock: Clock) -> None:
        self._calls = ExternalCalls(client, refusal=refusal, clock=clock)

    async def read(
        self, operation: str, path: str, token: SecretStr, check: Check = dict, *, deadline: timedelta
    ) -> Mapping[str, Any]:
        """What a GET says. `check`: reads what it must have."""
        call = ExternalCall(operation=operation, method="GET", path=path, headers=_headers(bearer(token), _JSON))
        return await self._calls.ask_for(call, _checked(check), deadline=deadline)

    async def send(
        self,
        operation: str,
        method: str,
        path: str,
        token: SecretStr,
        body: object = None,
        check: Check = dict,
        *,
        key: str = "",
        deadline: timedelta,
    ) -> Mapping[str, Any]:
        """What a call says that may have an effect; PayPal answers another one with the same key as the first.

        check: reads what the answer must have
        """
        extra = {"Prefer": "return=representation"} | ({"PayPal-Request-Id": key} if key else {})
        call = ExternalCall(
            operation=operation,
            method=method,
            path=path,
            headers=_headers(bearer(token), _JSON) | extra,
            body=None if body is None else json.dumps(body).encode(),
            changes=True,
        )
        return await self._calls.ask_for(call, _checked(check), deadline=deadline)

    async def end(self, operation: str, path: str, token: SecretStr, *, deadline: timedelta) -> None:
        """Deletes something; what is gone already is so."""
        headers = _headers(bearer(token), _JSON)
        call = ExternalCall(operation=operation, method="DELETE", path=path, headers=headers, changes=True)
        await self._calls.end(call, deadline=deadline)

    async def obtain(
        self, path: str, who: SecretStr, form: Mapping[str, str], *, deadline: timedelta
    ) -> Mapping[str, Any]:
        """What OAuth says to an application that names itself."""
        call = ExternalCall(
            operation="oauth2.token",
            method="POST",
            path=path,
            headers=_headers(who.get_secret_value(), _FORM),
            body=urlencode(form).encode(),
            changes=True,
        )
        return await self._calls.ask_for(call, _checked(_token), deadline=deadline)


def _checked(check: Check) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    """An answer that `check` can't read says nothing of what happened."""

    def read(found: Mapping[str, Any]) -> Mapping[str, Any]:
        check(found)
        return found

    return read


def _token(found: Mapping[str, Any]) -> object:
    """Whoever ends a token gets nothing."""
    return (found["access_token"], int(found["expires_in"])) if found else ()


def bearer(token: SecretStr) -> str:
    """How a token is sent."""
    return f"Bearer {token.get_secret_value()}"


def basic(client_id: str, secret: SecretStr) -> str:
    """How an application names itself."""
    return "Basic " + base64.b64encode(f"{client_id}:{secret.get_secret_value()}".encode()).decode()


def _headers(authorization: str, content_type: str) -> dict[str, str]:
    return {"Authorization": authorization, "Content-Type": content_type, "Accept": _JSON}
