"""Square's own pages: a payment link, and the question whether an application may use a seller's account."""

from __future__ import annotations

from sandbox.control.problems import ProblemError
from sandbox.core.http import Record, Request, Response, redirect
from sandbox.pages import permission
from sandbox.pages.render import Pages
from sandbox.square.api import SquareApi
from sandbox.square.errors import DECLINES, SquareRefusedError
from sandbox.square.state import SELLERS

_CARDS = (
    {"value": "ok", "title": "The card pays", "hint": "The money is there at once.", "aside": "1111"},
    {"value": "CARD_DECLINED", "title": "The card is declined", "hint": "Another card may pay.", "aside": "0002"},
    {"value": "INSUFFICIENT_FUNDS", "title": "Too little money", "hint": "Another card may pay.", "aside": "9995"},
)


class SquarePages:
    """Raises ProblemError."""

    def __init__(self, pages: Pages, square: SquareApi) -> None:
        self._pages = pages
        self._square = square

    async def show(self, request: Request) -> Response:
        return self._open(self._link(request))

    async def submit(self, request: Request) -> Response:
        link, card = self._link(request), request.form_dict().get("card", "")
        if card != "ok" and card not in DECLINES:
            return self._open(link, error="Pick how this payment ends.", status=422)
        try:
            payment = self._square.links.pay(link, None if card == "ok" else card)
        except SquareRefusedError as refusal:
            raise ProblemError(409, "link_not_payable", str(refusal)) from refusal
        if payment["status"] == "FAILED":
            words = "Your card was declined. Nothing was charged. Try another card."
            return self._open(link, error=words, status=402)
        return redirect(link["redirect_url"]) if link["redirect_url"] else self._open(link)

    async def question(self, request: Request) -> Response:
        asked = self._asked(request)
        return permission.question(
            self._pages,
            request,
            processor="Square",
            who="seller",
            field="seller",
            accounts=[(seller.id, f"{seller.name} ({seller.currency})") for seller in SELLERS.values()],
            commission="PAYMENTS_WRITE_ADDITIONAL_RECIPIENTS" in asked["scopes"],
            back=asked["redirect_uri"],
        )

    async def answer(self, request: Request) -> Response:
        asked, form = self._asked(request), request.form_dict()
        seller = SELLERS.get(form.get("seller", "")) if form.get("answer") == "allow" else None
        return redirect(self._square.oauth.permit(asked, seller))

    def _asked(self, request: Request) -> Record:
        try:
            return self._square.oauth.asked(request.query_dict())
        except SquareRefusedError as refusal:
            raise ProblemError(400, "not_authorizable", str(refusal)) from refusal

    def _link(self, request: Request) -> Record:
        link: Record | None = self._square.state.links.get(request.path_params["id"])
        if link is None:
            raise ProblemError(404, "unknown_link", "This page has closed: nothing can be paid on it any more.")
        return link

    def _open(self, link: Record, *, error: str | None = None, status: int = 200) -> Response:
        order = self._square.state.orders[link["order_id"]]
        values = {
            "link": link, "seller": SELLERS[link["seller"]], "order": order, "cards": _CARDS, "error": error,
            "title": "Pay", "faults": self._pages.faults_in_words("square"),
        }  # fmt: skip
        targets = (link["redirect_url"],) if link["redirect_url"] else ()
        return self._pages.page("square_pay.html", values, status=status, forms_to=targets)
