"""The payment page behind a session's URL, and the bank's question."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.control.problems import ProblemError
from sandbox.control.till import Till
from sandbox.core.http import Record, Request, Response, redirect
from sandbox.pages.render import Pages
from sandbox.stripe.account import WEBHOOK_PATH, StripeAccount
from sandbox.stripe.cards import Ending, find_way
from sandbox.stripe.payments import Payer


@dataclass(frozen=True, slots=True)
class Offer:
    """One outcome that a person may pick; `aside` stands at the row's end."""

    value: str
    title: str
    hint: str
    aside: str


CARDS = (
    Offer("4242424242424242", "Paid", "The order is paid at once", "4242 4242 4242 4242"),
    Offer("4000002500003155", "Asks for authentication", "A second page, approve or refuse", "4000 0025 0000 3155"),
    Offer("4000000000000002", "Declined, no reason", "The buyer can try another card", "4000 0000 0000 0002"),
    Offer("4000000000009995", "Declined, not enough funds", "The buyer can try another card", "4000 0000 0000 9995"),
    Offer("4000000000009979", "Declined, stolen card", "Counts toward fraud rules", "4000 0000 0000 9979"),
)
_DEBITS = (
    Offer("debit_succeeds", "Pending, then paid", "Seats stay held until it settles", "after 3 min"),
    Offer("debit_fails", "Pending, then fails", "Seats go back on sale", "after 3 min"),
)


class PayPages:
    """Raises ProblemError for sessions that don't exist."""

    def __init__(self, pages: Pages, account: StripeAccount, till: Till) -> None:
        self._pages = pages
        self._account = account
        self._till = till

    async def show(self, request: Request) -> Response:
        session = self._till.session(request.path_params["id"])
        if session["status"] != "open":
            return self._closed(session)
        return self._open(session)

    async def submit(self, request: Request) -> Response:
        session = self._till.session(request.path_params["id"])
        if session["status"] != "open":
            return self._closed(session, status=409)
        form = request.form_dict()
        way = find_way(form.get("card", ""))
        if way is None:
            return self._open(session, error="Pick how this payment ends.", status=422)
        payer = Payer(email=form.get("email", "").strip() or "jordan.ellis@example.com")
        return self._after(session, self._till.pay(session, way, payer))

    async def question(self, request: Request) -> Response:
        session = self._till.session(request.path_params["id"])
        if session["status"] != "open":
            return self._closed(session)
        values = {"session": session, "title": "Your bank asks"}
        return self._pages.page("authenticate.html", values, forms_to=_addresses(session))

    async def answer(self, request: Request) -> Response:
        session = self._till.session(request.path_params["id"])
        approved = request.form_dict().get("answer") == "approve"
        try:
            ending = self._till.authenticate(session, approved=approved)
        except ProblemError:
            return redirect(f"/pay/{session['id']}")
        return self._after(session, ending)

    def _after(self, session: Record, ending: Ending) -> Response:
        if ending is Ending.REQUIRES_ACTION:
            return redirect(f"/pay/{session['id']}/authenticate")
        if ending is Ending.DECLINED:
            reason = (self._till.last_error(session) or {}).get("message", "Your card was declined.")
            return self._open(session, error=f"{reason} Nothing was charged. Try another card.", status=402)
        return redirect(_success_url(session))

    def _open(self, session: Record, *, error: str | None = None, status: int = 200) -> Response:
        state = self._till.holder(session["id"]).state
        items = state.line_items[session["id"]]
        products = {item["id"]: state.products.find(item["price"]["product"]) for item in items}
        minutes = max(1, round((session["expires_at"] - self._account.now) / 60))
        debits = _DEBITS if "us_bank_account" in session["payment_method_types"] else ()
        like_stripe = self._account.world.settings.sandbox_like_stripe
        values = {
            "session": session, "items": items, "products": products, "error": error, "cards": CARDS, "debits": debits,
            "minutes": minutes, "webhook": WEBHOOK_PATH, "like_stripe": like_stripe, "title": "Pay",
            "faults": self._pages.faults_in_words("stripe"),
        }  # fmt: skip
        return self._pages.page("pay.html", values, status=status, forms_to=_addresses(session))

    def _closed(self, session: Record, *, status: int = 200) -> Response:
        back = _success_url(session) if session["status"] == "complete" else session["cancel_url"]
        values = {"session": session, "back": back, "title": "Payment closed"}
        return self._pages.page("closed.html", values, status=status)


def _success_url(session: Record) -> str:
    url: str = session["success_url"]
    return url.replace("{CHECKOUT_SESSION_ID}", session["id"])


def _addresses(session: Record) -> tuple[str, ...]:
    return tuple(url for url in (session["success_url"], session["cancel_url"]) if url)
