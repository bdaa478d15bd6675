"""PayPal's own pages: a buyer approves an order, a seller lets the platform use their account."""

from __future__ import annotations

from typing import Final

from sandbox.control.paypal import PaypalDesk
from sandbox.control.problems import ProblemError
from sandbox.core.http import Record, Request, Response, redirect
from sandbox.pages.render import Pages
from sandbox.paypal.oauth import PaypalOauth, returned
from sandbox.paypal.orders import Choice
from sandbox.paypal.state import PaypalApp
from sandbox.paypal.subscriptions import is_web_address

_CHOICES: Final = (
    (Choice.PAID, "Paid", "The money is taken when the order is captured"),
    (Choice.DECLINED, "Declined", "Capturing it is refused, nothing is charged"),
    (Choice.PENDING, "Pending, then paid", "In review for 3 min"),
    (Choice.DENIED, "Pending, then denied", "In review for 3 min, nothing is charged"),
)


class PaypalPages:
    """Raises ProblemError."""

    def __init__(self, pages: Pages, desk: PaypalDesk) -> None:
        self._pages = pages
        self._desk = desk
        self._oauth = PaypalOauth(desk.account)

    async def order(self, request: Request) -> Response:
        return self._order(self._desk.order(request.query_dict().get("token", "")))

    async def approve(self, request: Request) -> Response:
        order = self._desk.order(request.query_dict().get("token", ""))
        try:
            self._desk.approve(order, request.form_dict().get("outcome", ""))
        except ProblemError as problem:
            return self._order(order, error=str(problem), status=problem.status)
        back = self._desk.account.state.returns[order["id"]]["return_url"]
        if not back:
            return self._order(order)
        return redirect(returned(back, token=order["id"], PayerID=order["payer"]["payer_id"]))

    async def ask(self, request: Request) -> Response:
        """The page on which a seller agrees, or doesn't."""
        query = request.query_dict()
        app, back = self._asking(query)
        values = {
            "title": "Connect", "scopes": query.get("scope", "").split(), "query": query, "app": app,
            "refused": returned(back, error="access_denied", error_description="Consent denied",
                                state=query.get("state", "")),
            "merchants": list(self._desk.account.state.merchants.values()),
        }  # fmt: skip
        return self._pages.page("paypal_connect.html", values, forms_to=(back,))

    async def agree(self, request: Request) -> Response:
        query, form = request.query_dict(), request.form_dict()
        app, back = self._asking(query)
        seller = self._desk.account.seller(form.get("email", "").strip() or "seller@example.com")
        address = self._oauth.agree(
            app, merchant=seller.id, scope=query.get("scope", ""), redirect_uri=back, state=query.get("state", "")
        )
        return redirect(address)

    def _asking(self, query: dict[str, str]) -> tuple[PaypalApp, str]:
        """Which app asks, and where the seller goes back to; which addresses it may name, is said in its settings."""
        app = self._desk.account.state.apps.get(query.get("client_id", ""))
        back = query.get("redirect_uri", "")
        if app is None or query.get("response_type") != "code":
            raise ProblemError(400, "invalid_client_id", "PayPal knows no such app, or it asks for no code.")
        if not is_web_address(back):
            raise ProblemError(400, "invalid_redirect_uri", "Sellers can go back to https addresses only.")
        return app, back

    def _order(self, order: Record, *, error: str | None = None, status: int = 200) -> Response:
        account = self._desk.account
        back = account.state.returns[order["id"]]
        unit = order["purchase_units"][0]
        values = {
            "title": "PayPal", "order": order, "unit": unit, "choices": _CHOICES, "error": error, "back": back,
            "seller": account.state.merchants[order["merchant"]], "open": order["status"] != "COMPLETED",
        }  # fmt: skip
        addresses = tuple(url for url in (back["return_url"], back["cancel_url"]) if url)
        return self._pages.page("paypal_order.html", values, status=status, forms_to=addresses)
