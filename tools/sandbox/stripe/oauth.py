"""Who lets us use their account: the authorize page, codes, tokens, and their end (Connect)."""

from __future__ import annotations

import hmac
from urllib.parse import urlencode

from sandbox.core.http import Record, Request, Response, json_response, redirect
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.connected import let_go

OAUTH = "/stripe/oauth/"
CODE_LIFE = 300.0


class OauthRefusedError(Exception):
    """Stripe's refusal in the form of OAuth."""

    def __init__(self, code: str, description: str, *, status: int = 400) -> None:
        super().__init__(description)
        self.code = code
        self.status = status


class StripeOauth:
    """Codes end on the sandbox's clock; tokens don't by themselves."""

    def __init__(self, account: StripeAccount) -> None:
        self._account = account
        self._state = account.state

    async def handle(self, request: Request) -> Response:
        """Answers everything below `/stripe/oauth`."""
        name = f"{request.method} {request.path.removeprefix(OAUTH)}"
        if name == "GET authorize":
            return redirect(f"/connect/stripe?{request.query_string.decode('latin-1')}")
        try:
            return json_response(self._answer(name, request))
        except OauthRefusedError as refusal:
            answer = {"error": refusal.code, "error_description": str(refusal)}
            return json_response(answer, status=refusal.status)

    def asked(self, query: dict[str, str]) -> Record:
        """What the page is asked for; raises OauthRefusedError where Stripe shows an error instead of the page."""
        self._check_client(query.get("client_id", ""))
        if query.get("response_type") != "code":
            raise OauthRefusedError("unsupported_response_type", "response_type must be code.")
        return {name: query.get(name, "") for name in ("scope", "state", "redirect_uri")}

    def permit(self, asked: Record, account_id: str | None) -> str:
        """Where the browser goes, with a code; without an account the answer was no."""
        if account_id is None:
            back = {"error": "access_denied", "error_description": "The user denied your request"}
            return f"{asked['redirect_uri']}?{urlencode(back | {'state': asked['state']})}"
        code = self._account.new_id("ac_", 32)
        ends = self._account.world.timers.elapsed() + CODE_LIFE
        self._state.codes[code] = {"account": account_id, "scope": asked["scope"], "ends": ends}
        back = {"scope": asked["scope"], "code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def _answer(self, name: str, request: Request) -> Record:
        form = request.form_dict()
        self._check_secret(form.get("client_secret") or request.header("authorization").removeprefix("Bearer "))
        if name == "POST token":
            return self._token(form)
        if name == "POST deauthorize":
            return self._deauthorize(form)
        raise OauthRefusedError("invalid_request", f"Unrecognized request: {name}.", status=404)

    def _token(self, form: dict[str, str]) -> Record:
        if form.get("grant_type") == "authorization_code":
            account_id, scope = self._of_code(form.get("code", ""))
            self._state.let_go.pop(account_id, None)
            refresh = self._account.new_id("rt_", 48)
            self._state.tokens[refresh] = account_id
        elif form.get("grant_type") == "refresh_token":
            refresh, scope = form.get("refresh_token", ""), "read_write"
            account_id = self._state.tokens.get(refresh, "")
            if not account_id or not refresh.startswith("rt_"):
                raise OauthRefusedError("invalid_grant", "Refresh token does not exist.")
        else:
            raise OauthRefusedError("unsupported_grant_type", "grant_type must be authorization_code or refresh_token.")
        token = self._account.new_id("sk_test_", 48)
        self._state.tokens[token] = account_id
        return {
            "access_token": token, "livemode": False, "refresh_token": refresh, "token_type": "bearer",
            "stripe_publishable_key": self._account.new_id("pk_test_", 24), "stripe_user_id": account_id,
            "scope": scope,
        }  # fmt: skip

    def _of_code(self, given: str) -> tuple[str, str]:
        code = self._state.codes.pop(given, None)
        if code is None or code["ends"] <= self._account.world.timers.elapsed():
            raise OauthRefusedError("invalid_grant", f"Authorization code does not exist: {given}")
        return code["account"], code["scope"]

    def _deauthorize(self, form: dict[str, str]) -> Record:
        self._check_client(form.get("client_id", ""))
        account_id = form.get("stripe_user_id", "")
        if account_id not in self._state.accounts or account_id in self._state.let_go:
            words = f"This application is not connected to stripe account {account_id}, or it does not exist."
            raise OauthRefusedError("invalid_client", words, status=401)
        let_go(self._account, account_id)
        return {"stripe_user_id": account_id}

    def _check_client(self, given: str) -> None:
        known = self._account.world.settings.stripe_client_id
        if not known or given != known:
            raise OauthRefusedError("invalid_client", f"No application matches the supplied client identifier: {given}")

    def _check_secret(self, given: str) -> None:
        keys = self._account.world.settings.stripe_keys
        if not any(hmac.compare_digest(given.encode(), key.encode()) for key in keys):
            raise OauthRefusedError("invalid_client", "Invalid API key provided.", status=401)
