"""Who may call, and for whom: apps for their own account, or for a seller who agreed on PayPal's page."""

from __future__ import annotations

import base64
import binascii
import hmac
from typing import Final
from urllib.parse import urlencode

from sandbox.core.http import Record, Request, Response, json_response
from sandbox.paypal.account import PaypalAccount
from sandbox.paypal.errors import PaypalRefusedError, TokenRefusedError
from sandbox.paypal.state import Grant, PaypalApp

ACCESS_SECONDS: Final = 32_400
SELLER_ACCESS_SECONDS: Final = 28_800
CODE_SECONDS: Final = 600.0
REFRESH_SECONDS: Final = 180 * 86_400.0
REPORTING: Final = "https://uri.paypal.com/services/reporting/search/read"
PAYMENTS: Final = "https://uri.paypal.com/services/payments/payment"
WEBHOOKS: Final = "https://uri.paypal.com/services/applications/webhooks"
DISPUTES: Final = "https://uri.paypal.com/services/disputes/read-seller"
ALL_SCOPES: Final = f"openid email {PAYMENTS} {REPORTING} {DISPUTES} {WEBHOOKS}"


class PaypalOauth:
    """Tokens of one PayPal. Its methods raise TokenRefusedError."""

    def __init__(self, account: PaypalAccount) -> None:
        self._account = account

    async def token(self, request: Request) -> Response:
        """`POST /v1/oauth2/token` in each of its three grant types."""
        app, form = self._app_of(request), request.form_dict()
        grant_type = form.get("grant_type", "")
        if grant_type == "client_credentials":
            return json_response(self._issue(self._grant(app, app.merchant, ALL_SCOPES, ACCESS_SECONDS)))
        if grant_type == "authorization_code":
            return json_response(self._agreed(app, form))
        if grant_type == "refresh_token":
            return json_response(self._again(app, form.get("refresh_token", "")))
        raise TokenRefusedError("unsupported_grant_type", "Grant Type is NULL or unsupported")

    async def terminate(self, request: Request) -> Response:
        """`POST /v1/oauth2/token/terminate`: an unknown token is no error."""
        app, token = self._app_of(request), request.form_dict().get("token", "")
        for kept in (self._account.state.access, self._account.state.refresh):
            grant = kept.get(token)
            if grant is not None and grant.client_id == app.client_id:
                del kept[token]
                self._end_access(grant)
        return json_response({})

    async def userinfo(self, request: Request) -> Response:
        """Whose account a token acts for."""
        merchant = self._account.state.merchants[self.grant_of(request).merchant]
        return json_response(
            {
                "user_id": f"https://www.paypal.com/webapps/auth/identity/user/{merchant.id}", "name": merchant.name,
                "payer_id": merchant.id, "verified_account": "true",
                "emails": [{"value": merchant.email, "primary": True, "confirmed": True}],
            }
        )  # fmt: skip

    def agree(self, app: PaypalApp, *, merchant: str, scope: str, redirect_uri: str, state: str) -> str:
        """The address to which a seller goes back with a code."""
        code = self._account.world.ids.base62("C21AA", 92)
        grant = self._grant(app, merchant, scope, CODE_SECONDS, seller=True, redirect_uri=redirect_uri)
        self._account.state.codes[code] = grant
        return returned(redirect_uri, code=code, scope=scope, state=state)

    def grant_of(self, request: Request) -> Grant:
        """What the call's bearer token stands for."""
        scheme, _, token = request.header("authorization").partition(" ")
        grant = self._account.state.access.get(token) if scheme.lower() == "bearer" else None
        if grant is None or grant.until <= self._account.world.timers.elapsed():
            raise TokenRefusedError("invalid_token", "Token signature verification failed", status=401)
        return grant

    def _agreed(self, app: PaypalApp, form: dict[str, str]) -> Record:
        """A code is good once, for the app and the address that it was made for."""
        code = form.get("code", "")
        given = self._account.state.codes.pop(code, None)
        elapsed = self._account.world.timers.elapsed()
        fits = given is not None and given.client_id == app.client_id and given.until > elapsed
        if given is None or not fits or form.get("redirect_uri", given.redirect_uri) != given.redirect_uri:
            raise TokenRefusedError("invalid_grant", "Invalid authorization code")
        refresh = self._account.world.ids.base62("R23AA", 92)
        kept = self._grant(app, given.merchant, given.scope, REFRESH_SECONDS, seller=True)
        self._account.state.refresh[refresh] = kept
        return self._again(app, refresh) | {"refresh_token": refresh}

    def _again(self, app: PaypalApp, token: str) -> Record:
        kept = self._account.state.refresh.get(token)
        alive = kept is not None and kept.until > self._account.world.timers.elapsed()
        if kept is None or not alive or kept.client_id != app.client_id:
            raise TokenRefusedError("invalid_grant", "Invalid refresh token")
        return self._issue(self._grant(app, kept.merchant, kept.scope, SELLER_ACCESS_SECONDS, seller=True))

    def _issue(self, grant: Grant) -> Record:
        account = self._account
        token = account.world.ids.base62("A21AA", 92)
        account.state.access[token] = grant
        left = round(grant.until - account.world.timers.elapsed())
        return {
            "scope": grant.scope, "access_token": token, "token_type": "Bearer", "app_id": "APP-80W284485P519543T",
            "expires_in": left, "nonce": account.now() + account.world.ids.base62("", 20),
        }  # fmt: skip

    def _grant(
        self, app: PaypalApp, merchant: str, scope: str, seconds: float, *, seller: bool = False, redirect_uri: str = ""
    ) -> Grant:
        until = self._account.world.timers.elapsed() + seconds
        return Grant(app.client_id, merchant, scope, until, seller=seller, redirect_uri=redirect_uri)

    def _end_access(self, ended: Grant) -> None:
        """A seller's agreement ends with its tokens."""
        if not ended.seller:
            return
        for kept in (self._account.state.access, self._account.state.refresh):
            for token in [name for name, each in kept.items() if each.seller and _same(each, ended)]:
                del kept[token]

    def _app_of(self, request: Request) -> PaypalApp:
        client_id, secret = _credentials(request.header("authorization"))
        app = self._account.state.apps.get(client_id)
        if app is None or not app.secret or not hmac.compare_digest(app.secret.encode(), secret.encode()):
            raise TokenRefusedError("invalid_client", "Client Authentication failed", status=401)
        return app


def check_scope(grant: Grant, scope: str) -> None:
    """Raises PaypalRefusedError for what the seller didn't agree to."""
    if scope not in grant.scope.split():
        raise PaypalRefusedError.forbidden()


def _same(one: Grant, other: Grant) -> bool:
    return (one.client_id, one.merchant) == (other.client_id, other.merchant)


def returned(address: str, **query: str) -> str:
    """An address with more in its query."""
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def _credentials(authorization: str) -> tuple[str, str]:
    scheme, _, value = authorization.partition(" ")
    try:
        name, _, secret = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return (name, secret) if scheme.lower() == "basic" else ("", "")
