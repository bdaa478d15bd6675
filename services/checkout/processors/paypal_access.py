"""How an account at PayPal is used: by its owner's permission for us, or by an application of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from pydantic import SecretStr

from chassis.clock import Clock
from checkout.processors.accounts import Application, Credentials, ExternalAccount, Permission
from checkout.processors.domain import CredentialsRefused
from checkout.processors.paypal_calls import PaypalCalls, basic
from checkout.processors.paypal_objects import read_account

_TOKEN: Final = "/v1/oauth2/token"  # noqa: S105 a path
_OWN: Final[Mapping[str, str]] = {"grant_type": "client_credentials"}
_UNAUTHORIZED: Final = 401


class PaypalAccess:
    """Raises ProcessorFailure.

    A token of an application is renewed with its id and secret: they are kept in place of a refresh token, as they are
    sent.
    """

    def __init__(self, calls: PaypalCalls, application: Application, clock: Clock) -> None:
        self._calls = calls
        self._ours = SecretStr(basic(application.client_id, application.client_secret))
        self._clock = clock

    async def exchange(self, permission: Permission, deadline: timedelta) -> Credentials:
        """A code that was used is of no use again: after a lost answer the owner comes again."""
        code, back = permission.code.get_secret_value(), permission.redirect_uri
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back}
        found = await self._obtain(self._ours, form, deadline)
        return await self._whose(found, SecretStr(found["refresh_token"]), deadline)

    async def take_application(self, client_id: SecretStr, secret: SecretStr, deadline: timedelta) -> Credentials:
        theirs = SecretStr(basic(client_id.get_secret_value(), secret))
        return await self._whose(await self._obtain(theirs, _OWN, deadline), theirs, deadline)

    async def refresh(self, credentials: Credentials, deadline: timedelta) -> Credentials:
        kept = credentials.refresh_token
        if kept is None:
            raise CredentialsRefused(_UNAUTHORIZED, "invalid_grant", "there is nothing to renew the token with")
        if _is_application(kept):
            found = await self._obtain(kept, _OWN, deadline)
        else:
            form = {"grant_type": "refresh_token", "refresh_token": kept.get_secret_value()}
            found = await self._obtain(self._ours, form, deadline)
        return replace(credentials, access_token=SecretStr(found["access_token"]), expires_at=self._end_of(found))

    async def revoke(self, credentials: Credentials, deadline: timedelta) -> None:
        """An application that was pasted is its owner's to end."""
        kept = credentials.refresh_token
        if kept is not None and not _is_application(kept):
            form = {"token": kept.get_secret_value(), "token_type_hint": "REFRESH_TOKEN"}
            await self._calls.obtain(f"{_TOKEN}/terminate", self._ours, form, deadline=deadline)

    async def read_account(self, token: SecretStr, deadline: timedelta) -> ExternalAccount:
        found = await self._calls.read("balances.list", "/v1/reporting/balances", token, _balances, deadline=deadline)
        return read_account(await self._userinfo(token, deadline), found["balances"])

    async def hearing(self, credentials: Credentials, deadline: timedelta) -> SecretStr:
        """The token of the application that hears of the account: ours, or the one that was pasted."""
        if credentials.refresh_token is not None and _is_application(credentials.refresh_token):
            return credentials.access_token
        return SecretStr((await self._obtain(self._ours, _OWN, deadline))["access_token"])

    async def _whose(self, found: Mapping[str, Any], kept: SecretStr, deadline: timedelta) -> Credentials:
        token = SecretStr(found["access_token"])
        account_id = (await self._userinfo(token, deadline))["payer_id"]
        return Credentials(
            account_id=account_id, access_token=token, refresh_token=kept, expires_at=self._end_of(found)
        )

    async def _userinfo(self, token: SecretStr, deadline: timedelta) -> Mapping[str, Any]:
        path = "/v1/identity/openidconnect/userinfo?schema=openid"
        return await self._calls.read("userinfo.get", path, token, _payer, deadline=deadline)

    async def _obtain(self, who: SecretStr, form: Mapping[str, str], deadline: timedelta) -> Mapping[str, Any]:
        return await self._calls.obtain(_TOKEN, who, form, deadline=deadline)

    def _end_of(self, found: Mapping[str, Any]) -> datetime:
        return self._clock.now() + timedelta(seconds=int(found["expires_in"]))


def _balances(found: Mapping[str, Any]) -> object:
    return [each["currency"] for each in found["balances"]]


def _payer(found: Mapping[str, Any]) -> object:
    return found["payer_id"]


def _is_application(kept: SecretStr) -> bool:
    return kept.get_secret_value().startswith("Basic ")
