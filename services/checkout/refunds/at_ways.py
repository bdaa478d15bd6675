"""Refunds of orders whose money a provider's processor took: `wayrefunds/` gives it back by a row of the same id."""

from __future__ import annotations

from chassis.database import Transaction
from chassis.ids import display_number
from checkout.orders.domain import Order
from checkout.payments.domain import Charge
from checkout.refunds.domain import Refund
from checkout.wayrefunds.domain import WayRefund, charge_of
from checkout.wayrefunds.errors import WayRefundImpossible
from checkout.wayrefunds.payment_store import payment_of, taken_by
from checkout.wayrefunds.service import WayRefunds


class RefundsAtWays:
    """Each takes the transaction, in which the order is locked before the sums of its payment."""

    def __init__(self, refunds: WayRefunds) -> None:
        self._refunds = refunds

    async def request(self, tx: Transaction, refund: Refund, order: Order, *, requested_by: str) -> None:
        """Makes it due there. What the processor and its buyer read is no word of whoever asks for it.

        Raises WayRefundImpossible or WayRefundTooLarge.
        """
        payment = await taken_by(tx, refund.connection_id or 0, refund.processor, refund.payment_intent)
        if payment is None:
            raise WayRefundImpossible("The account is not connected any more.")
        reason = f"Refund of order {display_number(order.number)}"
        await self._refunds.request(
            tx, payment, refund.amount, reason=reason, requested_by=requested_by, refund_id=refund.refund_id
        )

    @staticmethod
    async def charge(tx: Transaction, way: WayRefund) -> Charge | None:
        """The payment, with what went back of it by the ledger of transactions; None where that has lost it."""
        payment = await payment_of(tx, way.way, way.payment_id, provider_id=way.provider_id)
        return charge_of(payment) if payment else None
