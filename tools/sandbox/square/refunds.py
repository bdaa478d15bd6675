"""Refunds: of a payment, whole or in parts, by API or by the seller."""

from __future__ import annotations

from sandbox.core.http import Record
from sandbox.square.errors import SquareRefusedError
from sandbox.square.payments import SquarePayments, seller_of
from sandbox.square.state import SELLERS, Seller, SquareState, money
from sandbox.square.webhooks import SquareWebhooks

SETTLED_AFTER = 5.0
"""Seconds until a refund is completed."""


class SquareRefunds:
    """Raises SquareRefusedError."""

    def __init__(self, state: SquareState, payments: SquarePayments, webhooks: SquareWebhooks) -> None:
        self._state = state
        self._payments = payments
        self._webhooks = webhooks
        state.world.timers.names(settle_square_refund=self._settle)

    def give_back(
        self, seller: Seller, payment: Record, amount: int, reason: str = "", *, commission: int | None = None
    ) -> Record:
        """A pending refund of what is left of the payment, or of a part.

        commission: what of it the application pays; None: the same share as of the payment
        """
        if payment["status"] != "COMPLETED":
            raise SquareRefusedError(400, "PAYMENT_NOT_REFUNDABLE", "The payment is not refundable.")
        before = payment.get("refunded_money", {}).get("amount", 0)
        if before + amount > payment["total_money"]["amount"]:
            words = "The requested refund amount exceeds the amount available to refund."
            raise SquareRefusedError(400, "REFUND_AMOUNT_INVALID", words, field="amount_money.amount")
        refund = self._refund(seller, payment, amount, reason) | self._contribution(payment, amount, commission)
        self._state.refunds[refund["id"]] = refund
        self._webhooks.tell("refund.created", seller, "refund", refund)
        self._payments.changed(
            payment,
            refunded_money=money(before + amount, seller.currency),
            refund_ids=[*payment.get("refund_ids", []), refund["id"]],
        )
        self._state.world.timers.later(SETTLED_AFTER, "settle_square_refund", refund["id"], seller.id)
        return refund

    def fail(self, refund: Record) -> Record:
        """The money comes back to the seller, also after it had gone."""
        if refund["status"] == "FAILED":
            raise SquareRefusedError(400, "BAD_REQUEST", "The refund is FAILED.")
        refund |= {"status": "FAILED", "updated_at": self._state.now}
        payment = self._state.payments[refund["payment_id"]]
        left = payment["refunded_money"]["amount"] - refund["amount_money"]["amount"]
        self._webhooks.tell("refund.updated", seller_of(payment), "refund", refund)
        self._payments.changed(payment, refunded_money=money(left, refund["amount_money"]["currency"]))
        return refund

    @staticmethod
    def _contribution(payment: Record, amount: int, asked: int | None) -> Record:
        fee = payment.get("app_fee_money")
        if fee is None and asked is not None:
            words = "`app_fee_money` can be given back only of a payment that was taken with it."
            raise SquareRefusedError(400, "BAD_REQUEST", words, field="app_fee_money")
        if fee is None:
            return {}
        share = round(fee["amount"] * amount / payment["total_money"]["amount"]) if asked is None else asked
        return {"app_fee_money": money(share, fee["currency"])}

    def _refund(self, seller: Seller, payment: Record, amount: int, reason: str) -> Record:
        now = self._state.now
        refund: Record = {
            "id": f"{payment['id']}_{self._state.new_id(43)}", "status": "PENDING", "payment_id": payment["id"],
            "amount_money": money(amount, seller.currency), "order_id": self._state.new_id(),
            "location_id": seller.location_id, "created_at": now, "updated_at": now,
        }  # fmt: skip
        return refund | ({"reason": reason} if reason else {})

    async def _settle(self, refund_id: str, seller_id: str) -> None:
        refund = self._state.refunds[refund_id]
        if refund["status"] == "FAILED":
            return
        refund |= {"status": "COMPLETED", "updated_at": self._state.now}
        self._webhooks.tell("refund.updated", SELLERS[seller_id], "refund", refund)
