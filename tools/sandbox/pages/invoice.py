"""The page of an invoice, where whoever got it pays."""

from __future__ import annotations

from sandbox.control.till import Till
from sandbox.core.http import Record, Request, Response
from sandbox.pages.pay import CARDS
from sandbox.pages.render import Pages
from sandbox.stripe.cards import Ending, find_way

_TAKEN = [each for each in CARDS if each.value != "4000002500003155"]
_CLOSED = {"paid": "This invoice is paid", "void": "This invoice is void", "draft": "This invoice is not sent yet"}


class InvoicePages:
    """Raises ProblemError for invoices that don't exist."""

    def __init__(self, pages: Pages, till: Till) -> None:
        self._pages = pages
        self._till = till

    async def show(self, request: Request) -> Response:
        return self._page(self._till.invoice(request.path_params["id"]))

    async def submit(self, request: Request) -> Response:
        invoice = self._till.invoice(request.path_params["id"])
        if invoice["status"] in _CLOSED:
            return self._page(invoice, status=409)
        way = find_way(request.form_dict().get("card", ""))
        if way is None:
            return self._page(invoice, error="Pick how this payment ends.", status=422)
        if self._till.pay_invoice(invoice, way) is Ending.DECLINED:
            return self._page(invoice, error=f"{way.message} Nothing was charged. Try another card.", status=402)
        return self._page(invoice)

    def _page(self, invoice: Record, *, error: str | None = None, status: int = 200) -> Response:
        values = {
            "invoice": invoice, "closed": _CLOSED.get(invoice["status"]), "cards": _TAKEN, "error": error,
            "title": "Invoice", "faults": self._pages.faults_in_words("stripe"),
        }  # fmt: skip
        return self._pages.page("invoice.html", values, status=status)
