"""Stripe's question whether a platform may use somebody's account."""

from __future__ import annotations

from sandbox.control.problems import ProblemError
from sandbox.core.http import Record, Request, Response, redirect
from sandbox.pages import permission
from sandbox.pages.render import Pages
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.oauth import OauthRefusedError, StripeOauth
from sandbox.stripe.queries import connect_account

CURRENCIES = ("usd", "eur", "jpy", "kwd")


class StripeConnectPages:
    """Raises ProblemError. Whoever answers has an account already, or opens one in a currency."""

    def __init__(self, pages: Pages, account: StripeAccount) -> None:
        self._pages = pages
        self._account = account
        self._oauth = StripeOauth(account)

    async def question(self, request: Request) -> Response:
        asked = self._asked(request)
        known = self._account.state.accounts
        return permission.question(
            self._pages,
            request,
            processor="Stripe",
            who="owner",
            field="account",
            accounts=[
                *((each, f"A new account in {each.upper()}") for each in CURRENCIES),
                *((each["id"], f"{each['business_profile']['name']}, {each['id']}") for each in known),
            ],
            commission=True,
            back=asked["redirect_uri"],
        )

    async def answer(self, request: Request) -> Response:
        asked, form = self._asked(request), request.form_dict()
        account_id = self._chosen(form.get("account", "")) if form.get("answer") == "allow" else None
        return redirect(self._oauth.permit(asked, account_id))

    def _chosen(self, given: str) -> str | None:
        if given in CURRENCIES:
            profile = {"name": f"Sam’s studio ({given.upper()})"}
            wanted: Record = {"type": "express", "default_currency": given, "business_profile": profile}
            return str(connect_account(self._account, wanted, {})["id"])
        return given if given in self._account.state.accounts else None

    def _asked(self, request: Request) -> Record:
        try:
            return self._oauth.asked(request.query_dict())
        except OauthRefusedError as refusal:
            raise ProblemError(400, "not_authorizable", str(refusal)) from refusal
