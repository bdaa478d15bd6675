"""The list of payments, with what a bank or the dashboard may do to them."""

from __future__ import annotations

from itertools import islice

from sandbox.control.till import Till
from sandbox.core.http import Record, Request, Response, redirect
from sandbox.pages.render import Pages
from sandbox.stripe.account import StripeAccount
from sandbox.stripe.disputes import is_open

_MOST = 100


class PaymentPages:
    """Raises ProblemError."""

    def __init__(self, pages: Pages, account: StripeAccount, till: Till) -> None:
        self._pages = pages
        self._account = account
        self._till = till

    async def show(self, _: Request) -> Response:
        state = self._account.state
        sessions, more = state.sessions.page(lambda _: True, limit=_MOST, after=None, before=None)
        charges = {session["id"]: self._charge(session) for session in sessions}
        open_disputes = {dispute["charge"]: dispute["id"] for dispute in state.disputes if is_open(dispute)}
        undelivered = islice((event for event in reversed(list(state.events)) if event["pending_webhooks"]), 20)
        values = {
            "sessions": sessions, "more": more, "charges": charges, "disputes": open_disputes, "title": "Payments",
            "refunds": {refund["charge"]: refund["id"] for refund in state.refunds if refund["status"] == "succeeded"},
            "total": len(state.sessions), "undelivered": list(undelivered),
            "ways_of": {session["id"]: _in_words(session, charges[session["id"]]) for session in sessions},
        }  # fmt: skip
        return self._pages.page("payments.html", values)

    async def refund(self, request: Request) -> Response:
        self._till.refund(self._till.charge(request.path_params["id"]), amount=None, reason="requested_by_customer")
        return redirect("/payments")

    async def dispute(self, request: Request) -> Response:
        self._till.dispute(self._till.charge(request.path_params["id"]), amount=None, reason="fraudulent")
        return redirect("/payments")

    async def fail_refund(self, request: Request) -> Response:
        self._till.fail_refund(request.path_params["id"], "expired_or_canceled_card")
        return redirect("/payments")

    async def close(self, request: Request) -> Response:
        self._till.close_dispute(request.path_params["id"], won=request.form_dict().get("outcome") == "won")
        return redirect("/payments")

    def _charge(self, session: Record) -> Record | None:
        intent = self._account.state.intents.find(session["payment_intent"] or "")
        return self._account.state.charges.find(intent["latest_charge"] or "") if intent is not None else None


def _in_words(session: Record, charge: Record | None) -> tuple[str, str]:
    """A mark's name and the words beside it."""
    if charge is not None and charge["disputed"] and not charge["refunded"]:
        return "crit", "Disputed"
    if charge is not None and charge["amount_refunded"]:
        return "off", "Refunded" if charge["refunded"] else "Partly refunded"
    if session["status"] == "complete" and session["payment_status"] != "unpaid":
        return "ok", "Paid"
    if session["status"] == "complete":
        return _debit_in_words(charge)
    if session["status"] == "open":
        return ("high", "Declined, still open") if charge is not None else ("wait", "Open")
    return "off", "Expired"


def _debit_in_words(charge: Record | None) -> tuple[str, str]:
    failed = charge is not None and charge["status"] == "failed"
    return ("crit", "Debit failed") if failed else ("wait", "Debit pending")
