"""Who may use whose account: sellers' own tokens, the authorize page, codes, access and refresh tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import urlencode

from sandbox.core.http import Record, Request, Response, json_response, redirect
from sandbox.core.messages import iso
from sandbox.square.errors import SquareRefusedError
from sandbox.square.params import NOTHING, OBTAIN_TOKEN, REVOKE_TOKEN, body_of
from sandbox.square.state import PERSONAL, SELLERS, Caller, Seller, SquareState
from sandbox.square.webhooks import SquareWebhooks

LIFE = 30 * 86_400.0
CODE_LIFE = 300.0
ALL_SCOPES = ("*",)
COMMISSION = "PAYMENTS_WRITE_ADDITIONAL_RECIPIENTS"


class SquareOAuth:
    """Raises SquareRefusedError. Times of life run on the sandbox's clock."""

    def __init__(self, state: SquareState, webhooks: SquareWebhooks) -> None:
        self._state = state
        self._webhooks = webhooks
        settings = state.world.settings
        self._client = settings.square_application_id
        self._secret = settings.square_application_secret
        self._application_token = settings.square_access_token

    def caller(self, request: Request, *scopes: str) -> Caller:
        """Whose account a call is for, by its bearer token, which must permit all of the scopes."""
        token = request.header("authorization").removeprefix("Bearer ")
        found = self._application_or_seller(token) or self._granted(token)
        if not set(scopes) <= set(found.scopes) and found.scopes != ALL_SCOPES:
            raise SquareRefusedError.of("INSUFFICIENT_SCOPES")
        return found

    def _application_or_seller(self, token: str) -> Caller | None:
        """The application's owner is the first seller; one who makes a token has an application too."""
        if self._application_token and hmac.compare_digest(token.encode(), self._application_token.encode()):
            return Caller(next(iter(SELLERS.values())), self._client, ALL_SCOPES)
        for seller in SELLERS.values():
            if token == PERSONAL + seller.short:
                return Caller(seller, seller.id, ALL_SCOPES)
        return None

    def _granted(self, token: str) -> Caller:
        grant = self._state.tokens.get(token)
        if grant is None:
            raise SquareRefusedError.of("UNAUTHORIZED")
        if grant["revoked"]:
            raise SquareRefusedError.of("ACCESS_TOKEN_REVOKED")
        if grant["ends"] <= self._state.world.timers.elapsed():
            raise SquareRefusedError.of("ACCESS_TOKEN_EXPIRED")
        return Caller(SELLERS[grant["seller"]], grant["application"], tuple(grant["scopes"]))

    async def authorize(self, request: Request) -> Response:
        """Sends the browser on to the sandbox's page, as it came."""
        return redirect(f"/connect/square?{request.query_string.decode('latin-1')}")

    def asked(self, query: dict[str, str]) -> Record:
        """What the page is asked for; raises SquareRefusedError where Square shows an error instead of the page."""
        if query.get("client_id", "") != self._client or not self._client:
            raise SquareRefusedError(400, "BAD_REQUEST", "The application id is unknown.", field="client_id")
        if query.get("response_type", "code") != "code":
            raise SquareRefusedError(400, "BAD_REQUEST", "response_type must be code.", field="response_type")
        return {
            "scopes": query.get("scope", "").split(), "state": query.get("state", ""),
            "redirect_uri": query.get("redirect_uri", ""), "challenge": query.get("code_challenge", ""),
        }  # fmt: skip

    def permit(self, asked: Record, seller: Seller | None) -> str:
        """Where the browser goes, with a code; without a seller the answer was no."""
        if seller is None:
            back = {"error": "access_denied", "error_description": "user_denied", "state": asked["state"]}
            return f"{asked['redirect_uri']}?{urlencode(back)}"
        code = "sandbox-sq0cgb-" + self._state.new_id()
        ends = self._state.world.timers.elapsed() + CODE_LIFE
        self._state.codes[code] = {**asked, "seller": seller.id, "ends": ends}
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'response_type': 'code', 'state': asked['state']})}"

    async def obtain(self, request: Request) -> Response:
        body = body_of(request, OBTAIN_TOKEN)
        if body["client_id"] != self._client:
            raise SquareRefusedError(401, "UNAUTHORIZED", "The application id is unknown.")
        if body["grant_type"] == "authorization_code":
            return self._answer(self._first(body))
        if body["grant_type"] == "refresh_token":
            return self._answer(self._again(body))
        raise SquareRefusedError(400, "BAD_REQUEST", "Unsupported grant type", field="grant_type")

    def _first(self, body: Record) -> Record:
        given = body.get("code") or ""
        code = self._state.codes.pop(given, None)
        if code is None or code["ends"] <= self._state.world.timers.elapsed():
            raise SquareRefusedError(401, "UNAUTHORIZED", "Authorization code not found or already used.")
        if code["redirect_uri"] != (body.get("redirect_uri") or code["redirect_uri"]):
            raise SquareRefusedError(401, "UNAUTHORIZED", "Redirect URI does not match.")
        self._prove(body, code["challenge"])
        refresh = "EQAA" + self._state.new_id(60)
        grant = {
            "seller": code["seller"], "application": self._client, "scopes": code["scopes"],
            "pkce": bool(code["challenge"]), "token": refresh,
        }  # fmt: skip
        self._state.refresh_tokens[refresh] = grant
        return grant

    def _prove(self, body: Record, challenge: str) -> None:
        """By the secret, or by what the challenge was made of: not by both."""
        if challenge:
            digest = hashlib.sha256((body.get("code_verifier") or "").encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
                raise SquareRefusedError(401, "UNAUTHORIZED", "Code verifier does not match.")
        elif not self._secret or body.get("client_secret") != self._secret:
            raise SquareRefusedError(401, "UNAUTHORIZED", "The application secret is wrong.")

    def _again(self, body: Record) -> Record:
        """A token of the PKCE flow is good once; the other one for ever."""
        given = body.get("refresh_token") or ""
        grant: Record | None = self._state.refresh_tokens.get(given)
        if grant is None:
            raise SquareRefusedError(401, "UNAUTHORIZED", "The refresh token is unknown or was revoked.")
        if grant["pkce"]:
            del self._state.refresh_tokens[given]
            grant = grant | {"token": "EQAA" + self._state.new_id(60)}
            self._state.refresh_tokens[grant["token"]] = grant
        elif body.get("client_secret") != self._secret:
            raise SquareRefusedError(401, "UNAUTHORIZED", "The application secret is wrong.")
        return grant

    def _answer(self, grant: Record) -> Response:
        token, timers = "EAAA" + self._state.new_id(60), self._state.world.timers
        self._state.tokens[token] = {
            "seller": grant["seller"], "application": grant["application"], "scopes": grant["scopes"],
            "ends": timers.elapsed() + LIFE, "revoked": False, "expires_at": iso(timers.wall() + LIFE),
        }  # fmt: skip
        return json_response(
            {
                "access_token": token, "token_type": "bearer", "expires_at": self._state.tokens[token]["expires_at"],
                "merchant_id": grant["seller"], "refresh_token": grant["token"], "short_lived": False,
            }
        )  # fmt: skip

    async def revoke(self, request: Request) -> Response:
        body = body_of(request, REVOKE_TOKEN)
        if request.header("authorization") != f"Client {self._secret}" or body.get("client_id") != self._client:
            raise SquareRefusedError.of("UNAUTHORIZED")
        token = self._state.tokens.get(body.get("access_token") or "")
        seller = token["seller"] if token else body.get("merchant_id")
        if seller not in SELLERS:
            raise SquareRefusedError(404, "NOT_FOUND", "No token was found to revoke.")
        self.end(SELLERS[seller], by="APPLICATION")
        return json_response({"success": True})

    def end(self, seller: Seller, *, by: str) -> None:
        """All that our application was permitted is over; by the application, or by the seller (MERCHANT)."""
        self._webhooks.revoked(seller, self._client, by)
        for token in [key for key, each in self._state.tokens.items() if each["seller"] == seller.id]:
            self._state.tokens[token]["revoked"] = True
        for refresh in [key for key, each in self._state.refresh_tokens.items() if each["seller"] == seller.id]:
            del self._state.refresh_tokens[refresh]

    async def status(self, request: Request) -> Response:
        body_of(request, NOTHING)
        caller = self.caller(request)
        grant = self._state.tokens.get(request.header("authorization").removeprefix("Bearer "))
        return json_response(
            {
                "scopes": list(caller.scopes), "client_id": caller.application, "merchant_id": caller.seller.id,
                "expires_at": grant["expires_at"] if grant else None,
            }
        )  # fmt: skip
