"""How an account at Stripe is used: by its owner's permission for our platform, or by a key of its own."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pydantic import SecretStr

from checkout.processors.accounts import Credentials, ExternalAccount, Permission
from checkout.processors.domain import CredentialsRefused
from checkout.processors.stripe_calls import StripeConnectCalls
from checkout.processors.stripe_objects import read_account, read_credentials

_ACCOUNT: Final = "/v1/account"
_UNAUTHORIZED: Final = 401


class StripeAccess:
    """Raises ProcessorFailure. A permission lasts until one of both ends it: its tokens are kept, and not called with.

    Stripe's own advice is to call with the platform's key and the account's name.
    """

    def __init__(
        self, calls: StripeConnectCalls, oauth: StripeConnectCalls, *, client_id: str, secret_key: SecretStr
    ) -> None:
        self._calls = calls
        self._oauth = oauth
        self._client_id = client_id
        self._key = secret_key

    async def exchange(self, permission: Permission, deadline: timedelta) -> Credentials:
        """A code that was used is of no use again: after a lost answer the owner comes again."""
        given = {"grant_type": "authorization_code", "code": permission.code.get_secret_value()}
        return await self._obtain(given, deadline)

    async def take_key(self, key: SecretStr | None, deadline: timedelta) -> Credentials:
        if key is None:
            raise CredentialsRefused(_UNAUTHORIZED, "unauthorized", "the secret key is missing")
        account = await self.read_account(Credentials(account_id="", access_token=key), deadline)
        return Credentials(account_id=account.account_id, access_token=key)

    async def refresh(self, credentials: Credentials, deadline: timedelta) -> Credentials:
        if credentials.refresh_token is None:
            return credentials
        given = {"grant_type": "refresh_token", "refresh_token": credentials.refresh_token.get_secret_value()}
        return await self._obtain(given, deadline)

    async def revoke(self, credentials: Credentials, deadline: timedelta) -> None:
        """A key that was pasted is its owner's to revoke. Stripe says `invalid_client` of what is not connected."""
        if credentials.refresh_token is None:
            return
        body = {"client_id": self._client_id, "stripe_user_id": credentials.account_id}
        try:
            await self._oauth.send("oauth.deauthorize", "/oauth/deauthorize", None, body, dict, deadline=deadline)
        except CredentialsRefused as refused:
            if refused.code != "invalid_client":
                raise

    async def read_account(self, credentials: Credentials, deadline: timedelta) -> ExternalAccount:
        def read(found: Mapping[str, Any]) -> ExternalAccount:
            return read_account(found, permitted=credentials.refresh_token is not None)

        return await self._calls.get("account.retrieve", _ACCOUNT, credentials, read, deadline=deadline)

    async def _obtain(self, given: Mapping[str, str], deadline: timedelta) -> Credentials:
        body = {"client_secret": self._key.get_secret_value(), **given}
        return await self._oauth.send("oauth.token", "/oauth/token", None, body, read_credentials, deadline=deadline)
