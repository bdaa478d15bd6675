"""What sellers and buyers do at Square, by control API: payments made elsewhere, refunds, a card on a link."""

from __future__ import annotations

from sandbox.control.problems import ProblemError, body_of, invalid, moment, text, whole, won_of
from sandbox.core.http import Record, Request, Response, json_response
from sandbox.core.messages import iso
from sandbox.square.api import SquareApi
from sandbox.square.errors import DECLINES, SquareRefusedError
from sandbox.square.payments import Wanted
from sandbox.square.state import SELLERS, Seller


class SquareDesk:
    """Raises ProblemError."""

    def __init__(self, square: SquareApi) -> None:
        self._square = square

    async def sell(self, request: Request) -> Response:
        """A payment that the seller took elsewhere: at the counter, by another page."""
        body = body_of(request)
        seller, amount = self._seller(text(body, "seller")), whole(body, "amount", least=1)
        if amount is None:
            raise invalid("amount", "amount must be given, in minor units.")
        wanted = Wanted(
            amount=amount, currency=seller.currency, note=text(body, "note", otherwise=""), at=_at(body),
            product="SQUARE_POS", decline=_decline(body),
        )  # fmt: skip
        payment = self._square.payments.take(seller, wanted)
        return json_response({"id": payment["id"], "status": payment["status"]}, status=201)

    async def refund(self, request: Request) -> Response:
        body, payment = body_of(request), self._payment(request.path_params["id"])
        seller = next(each for each in SELLERS.values() if each.location_id == payment["location_id"])
        amount = whole(body, "amount", least=1) or payment["amount_money"]["amount"]
        try:
            refund = self._square.refunds.give_back(seller, payment, amount, text(body, "reason", otherwise=""))
        except SquareRefusedError as refusal:
            raise ProblemError(409, "not_refundable", str(refusal)) from refusal
        return json_response({"id": refund["id"], "status": refund["status"]}, status=201)

    async def fail_refund(self, request: Request) -> Response:
        """The bank of the buyer sends the money back."""
        refund = self._square.state.refunds.get(request.path_params["id"])
        if refund is None:
            raise ProblemError(404, "unknown_refund", "The sandbox has no refund of that id.")
        try:
            self._square.refunds.fail(refund)
        except SquareRefusedError as refusal:
            raise ProblemError(409, "refund_failed", str(refusal)) from refusal
        return json_response({"id": refund["id"], "status": refund["status"]})

    async def dispute(self, request: Request) -> Response:
        """A buyer who asks the bank for the money."""
        body, payment = body_of(request), self._payment(request.path_params["id"])
        try:
            dispute = self._square.disputes.open(payment, text(body, "reason", otherwise="NO_KNOWLEDGE"))
        except SquareRefusedError as refusal:
            raise ProblemError(409, "not_disputable", str(refusal)) from refusal
        return json_response({"id": dispute["id"], "state": dispute["state"]}, status=201)

    async def close_dispute(self, request: Request) -> Response:
        """The bank decides."""
        won, dispute = won_of(body_of(request)), self._square.state.disputes.get(request.path_params["id"])
        if dispute is None:
            raise ProblemError(404, "unknown_dispute", "The sandbox has no dispute of that id.")
        try:
            self._square.disputes.close(dispute, won=won)
        except SquareRefusedError as refusal:
            raise ProblemError(409, "dispute_closed", str(refusal)) from refusal
        return json_response({"id": dispute["id"], "state": dispute["state"]})

    async def pay(self, request: Request) -> Response:
        body = body_of(request)
        link = self._square.state.links.get(request.path_params["id"])
        if link is None:
            raise ProblemError(404, "unknown_link", "The sandbox has no payment link of that id.")
        try:
            payment = self._square.links.pay(link, _decline(body))
        except SquareRefusedError as refusal:
            raise ProblemError(409, "link_not_payable", str(refusal)) from refusal
        return json_response({"id": payment["id"], "status": payment["status"]})

    async def revoke(self, request: Request) -> Response:
        """The seller takes back what our application was permitted."""
        seller = self._seller(request.path_params["id"])
        self._square.oauth.end(seller, by="MERCHANT")
        return json_response({"id": seller.id})

    def _seller(self, seller_id: str) -> Seller:
        if seller_id not in SELLERS:
            raise invalid("seller", f"seller must be one of {', '.join(SELLERS)}.")
        return SELLERS[seller_id]

    def _payment(self, payment_id: str) -> Record:
        payment: Record | None = self._square.state.payments.get(payment_id)
        if payment is None:
            raise ProblemError(404, "unknown_payment", "The sandbox has no payment of that id.")
        return payment


def _decline(body: Record) -> str | None:
    """`card` is `ok`, or the code with which it is refused."""
    card = text(body, "card", otherwise="ok")
    if card != "ok" and card not in DECLINES:
        raise invalid("card", f"card must be ok or one of {', '.join(DECLINES)}.")
    return None if card == "ok" else card


def _at(body: Record) -> str:
    """When it was made; now without it."""
    given = text(body, "at", otherwise="")
    return iso(moment(given, "at")) if given else ""
