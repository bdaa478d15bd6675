"""What goes wrong with payments at providers' processors later, and what orders make of it (C-5, C-7)."""

from __future__ import annotations

from contextlib import suppress
from typing import Final

from chassis.database import Transaction
from checkout.orders.domain import Cause, Why
from checkout.payments.afterwards import Afterwards
from checkout.payments.domain import Dispute, ProcessorRefund
from checkout.payments.errors import PaymentUnknown, RefundUnderWay
from checkout.processors.domain import DisputeStatus
from checkout.transactions.disputes import DisputeChange, KnownDispute
from checkout.transactions.domain import ExternalTransaction
from checkout.wayrefunds.domain import WayRefund, charge_of
from checkout.wayrefunds.payment_store import payment_of
from checkout.wayrefunds.service import WayRefunds

_WON: Final = {DisputeStatus.WON: True, DisputeStatus.LOST: False}


class TroubleOutside:
    """Disputes, and refunds that failed, as the ledger of transactions hears of them. Each takes the transaction."""

    def __init__(self, afterwards: Afterwards, refunds: WayRefunds) -> None:
        self._afterwards = afterwards
        self._refunds = refunds

    async def disputed(self, tx: Transaction, transaction: ExternalTransaction, change: DisputeChange) -> None:
        """The order rests while its money is asked back, as one that our own account was paid for."""
        if transaction.order_id is None:
            return
        dispute, cause = _dispute(transaction, change.after), _cause(transaction.processor)
        # What paid for nothing is no charge of an order.
        with suppress(PaymentUnknown):
            if dispute.inquiry:
                await self._afterwards.inquired(tx, dispute)
                return
            await self._afterwards.disputed(tx, dispute, cause, again=change.is_again)
            if dispute.won is not None:
                await self._afterwards.dispute_closed(tx, dispute, cause, won=dispute.won)

    async def came_back(self, tx: Transaction, transaction: ExternalTransaction) -> None:
        """Less of a payment went back than was known: each refund of ours is asked about, for its processor names none.

        Where there are none, and once they were asked about, what has failed is one that the account's owner made.
        """
        await self._refunds.look_again(tx, transaction.provider_id, transaction.processor, transaction.payment_id)
        # While ours are under way nobody knows whose it is: their end brings the order to where the money is then.
        with suppress(PaymentUnknown, RefundUnderWay):
            await self._afterwards.follow_ledger(tx, charge_of(transaction), _cause(transaction.processor))


class LookedOutside:
    """What a refund of ours has given back may be with the provider again."""

    def __init__(self, afterwards: Afterwards) -> None:
        self._afterwards = afterwards

    async def __call__(self, tx: Transaction, refund: WayRefund, failure: str | None) -> None:
        """The order turns back by it, and follows what else went back of the payment. Raises RefundUnderWay."""
        if refund.order_id is None:
            return
        cause = _cause(refund.way.processor)
        with suppress(PaymentUnknown):
            if failure is not None:
                await self._afterwards.refund_changed(tx, _failed(refund, failure), cause)
            payment = await payment_of(tx, refund.way, refund.payment_id, provider_id=refund.provider_id)
            if payment is not None:
                await self._afterwards.follow_ledger(tx, charge_of(payment), cause)


def _failed(refund: WayRefund, failure: str) -> ProcessorRefund:
    return ProcessorRefund(
        processor=refund.way.processor,
        refund_id=refund.processor_refund_id or "",
        payment_intent=refund.payment_id,
        amount=refund.amount,
        failure=failure,
        ours=True,
    )


def _cause(processor: str) -> Cause:
    return Cause(who=processor, why=Why.FOUND_AT_PROCESSOR)


def _dispute(transaction: ExternalTransaction, known: KnownDispute) -> Dispute:
    return Dispute(
        processor=transaction.processor,
        dispute_id=known.dispute_id,
        payment_intent=transaction.payment_id,
        code=known.code,
        amount=known.amount,
        currency=transaction.currency,
        inquiry=known.status is DisputeStatus.INQUIRY,
        won=_WON.get(known.status),
    )
