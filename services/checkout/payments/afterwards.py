"""What becomes of payments once they were made: how the buyer paid, refunds, inquiries and disputes.

Each use case takes the transaction and converges: repeated, reordered or concurrent, it brings the order to where the
money is, once. Each raises PaymentUnknown about a payment that is not known, or not yet; where an order follows
what went back they raise ChargesUnknown while a restored database may lack another payment of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.ids import uuid7
from chassis.telemetry import get_logger
from checkout.orders import store as orders_store
from checkout.orders.domain import Cause, Order
from checkout.orders.service import OrderService
from checkout.payments import charge_store, dispute_store
from checkout.payments.domain import Charge, Dispute, ProcessorRefund
from checkout.payments.errors import ChargesUnknown, DisputeUnknown, PaymentUnknown, RefundUnderWay
from checkout.payments.processors.port import GivenBack
from eventbus import Outbox
from events import OrderState, PaymentInquiry, PaymentMethodKnown

log = get_logger()

_UNSAID: Final = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedRefund:
    """A refund of ours that did not arrive after all.

    refund_id: our id of it
    amount: what the order has back by it, minor units: 0 for a charge beyond its price
    seats: the seats whose tickets had ended with it
    """

    refund_id: UUID
    amount: int
    seats: tuple[int, ...]


class OurRefunds(Protocol):
    """What is known of the refunds that we have asked a processor for."""

    async def under_way(self, tx: Transaction, processor: str, payment_intent: str | None) -> bool:
        """Whether one that moves an order is under way at the processor."""
        ...

    async def in_doubt(self, tx: Transaction, order_id: UUID, processor: str, payment_intent: str | None) -> bool:
        """Whether of one at a provider's processor nobody knows what it comes to."""
        ...

    async def failed(self, tx: Transaction, told: ProcessorRefund, failure: str) -> FailedRefund | None:
        """Keeps that one did not arrive; None when it is none of ours, or that was known."""
        ...


class Afterwards:
    """Charges and disputes of our own processor account."""

    def __init__(self, *, orders: OrderService, refunds: OurRefunds, outbox: Outbox, clock: Clock) -> None:
        self._orders = orders
        self._refunds = refunds
        self._outbox = outbox
        self._clock = clock

    async def charge_seen(self, tx: Transaction, charge: Charge) -> UUID:
        """Notes how the buyer pays: the order's next event says it, or one of its own."""
        order = await orders_store.get_locked(tx, charge.order_id) if charge.order_id else None
        order = order or await self._paid_order(tx, charge)
        if charge.method is None or order.payment_method is not None:
            return order.order_id
        await self._orders.note_method(tx, order.order_id, charge.method)
        if order.paid_at is not None:
            await self._tell_method(tx, order, charge, charge.method)
        return order.order_id

    async def refunded(self, tx: Transaction, charge: Charge, cause: Cause) -> UUID:
        """Money was given back at the processor, of whichever charge. Raises RefundUnderWay.

        A refund of ours is told with its seats: until its answer is known, the webhook waits.
        """
        order = await self._settled_order(tx, charge)
        await charge_store.count_refunds(tx, charge.processor, charge.payment_intent, told=charge.refunded)
        await self._follow(tx, order, cause)
        return order.order_id

    async def follow_ledger(self, tx: Transaction, charge: Charge, cause: Cause) -> UUID:
        """What went back in all of a provider's payment, by its ledger: also less than before. Raises RefundUnderWay.

        What has failed and is none of ours was the owner's, once each of ours was asked about.
        """
        order_id = await self.refunded(tx, charge, cause)
        lost = await charge_store.refunded_by(tx, charge.processor, charge.payment_intent) - charge.refunded
        if lost > 0 and not await self._refunds.in_doubt(tx, order_id, charge.processor, charge.payment_intent):
            failed = ProcessorRefund(
                processor=charge.processor,
                refund_id=f"{charge.charge_id}@{uuid7()}",
                payment_intent=charge.payment_intent,
                amount=lost,
                failure=_UNSAID,
                ours=False,
            )
            await self.refund_changed(tx, failed, cause)
        return order_id

    async def refund_changed(self, tx: Transaction, refund: ProcessorRefund, cause: Cause) -> UUID:
        """One refund of whichever charge, as it is now: on its way, there, or failed. Raises RefundUnderWay as above.

        The order turns back by what failed, whenever that is told. Its seats stay ended: they may be sold again.
        """
        order = await self._settled_order(tx, refund)
        await charge_store.note_refund(tx, refund)
        failed = await charge_store.count_refunds(tx, refund.processor, refund.payment_intent)
        if refund.failure is None:
            await self._follow(tx, order, cause)
        elif ours := await self._refunds.failed(tx, refund, refund.failure):
            await self._refund_failed(tx, order, cause, ours, code=refund.failure)
        elif counted := await self._counted(tx, order, failed):
            await self._orders.refund_failed(tx, order, cause, amount=counted, code=refund.failure)
        return order.order_id

    async def note_given_back(
        self, tx: Transaction, processor: str, payment_intent: str, given: GivenBack, *, amount: int
    ) -> None:
        """A refund of ours was made: `amount` (minor units) went back of the payment by it, unless it has failed."""
        refund = ProcessorRefund(
            processor=processor,
            refund_id=given.refund_id,
            payment_intent=payment_intent,
            amount=amount,
            failure=given.failure,
            ours=True,
        )
        await charge_store.note_refund(tx, refund)
        await charge_store.count_refunds(tx, processor, payment_intent, told=given.total)

    async def inquired(self, tx: Transaction, dispute: Dispute) -> UUID:
        """A buyer's bank asks about a payment: staff hear of it, the order stays."""
        order = await self._paid_order(tx, dispute)
        log.info("payment_inquiry", order_id=str(order.order_id), reason=dispute.code)
        inquiry = PaymentInquiry(
            order_id=order.order_id,
            processor=dispute.processor,
            amount=dispute.amount,
            currency=dispute.currency,
            cause=dispute.code,
            occurred_at=self._clock.now(),
        )
        await self._outbox.publish(tx, inquiry)
        return order.order_id

    async def disputed(self, tx: Transaction, dispute: Dispute, cause: Cause, *, again: bool = False) -> UUID:
        """A buyer's bank has taken the money back; `again`: after it had given it back in the same dispute.

        Told again, also after its end, it changes nothing. A dispute about a second charge leaves the order alone:
        another one pays for its tickets.
        """
        order = await self._paid_order(tx, dispute)
        fresh = await dispute_store.add(tx, dispute, order.order_id, at=self._clock.now())
        if not (fresh or again) or await charge_store.is_covered_without(tx, order.order_id, dispute):
            return order.order_id
        frozen = await self._orders.disputed(tx, order, cause, code=dispute.code)
        # A restored database may have the order's state back before its disputes.
        if frozen is not None or (
            order.state is OrderState.DISPUTED and not await dispute_store.has_frozen(tx, order.order_id)
        ):
            await dispute_store.note_frozen(tx, dispute)
        return order.order_id

    async def dispute_closed(self, tx: Transaction, dispute: Dispute, cause: Cause, *, won: bool) -> UUID:
        """The bank has decided. Raises DisputeUnknown. An inquiry that is over has frozen nothing.

        Only the dispute that has frozen the order ends that: one of a second charge may be decided meanwhile.
        What was refunded in part while the dispute was open counts from now on: C-5 knows no such state before.
        """
        order = await self._order_of(tx, dispute)
        if dispute.inquiry:
            return order.order_id
        froze = await dispute_store.froze(tx, dispute)
        if froze is None:
            raise DisputeUnknown("Its dispute is not known yet")
        if won:
            await dispute_store.won(tx, dispute, order.order_id, at=self._clock.now())
        if not froze:
            return order.order_id
        closed = await self._orders.dispute_closed(tx, order, cause, won=won)
        if closed is not None and won:
            total = await charge_store.refunded_of(tx, order.order_id)
            await self._orders.refunded(tx, closed, cause, total=total)
        return order.order_id

    async def _settled_order(self, tx: Transaction, told: Charge | ProcessorRefund) -> Order:
        """The order that a payment has paid for, locked, while no refund of ours is under way."""
        order = await self._order_of(tx, told)
        if await self._refunds.under_way(tx, told.processor, told.payment_intent):
            raise RefundUnderWay("A refund of ours is under way")
        return order

    async def _order_of(self, tx: Transaction, told: Charge | Dispute | ProcessorRefund) -> Order:
        """The order that a payment has paid for, locked, when all its payments are known."""
        order = await self._paid_order(tx, told)
        if await charge_store.charges_missing(tx, told.processor):
            raise ChargesUnknown("Webhooks that the backup lacks are still read")
        return order

    async def _follow(self, tx: Transaction, order: Order, cause: Cause) -> None:
        """The order follows what its charges have lost."""
        await self._orders.refunded(tx, order, cause, total=await charge_store.refunded_of(tx, order.order_id))

    @staticmethod
    async def _counted(tx: Transaction, order: Order, failed: int) -> int:
        """How much of what failed the order had counted: none of what came while its money was disputed."""
        lacks = min(order.refunded_amount, await charge_store.refunded_of(tx, order.order_id))
        return min(failed, order.refunded_amount - lacks)

    async def _refund_failed(
        self, tx: Transaction, order: Order, cause: Cause, failed: FailedRefund, *, code: str
    ) -> None:
        if failed.amount:
            await self._orders.refund_failed(
                tx, order, cause, amount=failed.amount, code=code, seats=failed.seats, refund_id=failed.refund_id
            )

    async def _tell_method(self, tx: Transaction, order: Order, charge: Charge, method: str) -> None:
        """`order.paid` went out before anybody knew the method."""
        told = PaymentMethodKnown(
            order_id=order.order_id,
            processor=charge.processor,
            payment_method=method,
            occurred_at=self._clock.now(),
        )
        await self._outbox.publish(tx, told)

    async def _paid_order(self, tx: Transaction, told: Charge | Dispute | ProcessorRefund) -> Order:
        """The order that a payment has paid for, locked."""
        order_id = await charge_store.order_paid_by(tx, told)
        order = await orders_store.get_locked(tx, order_id) if order_id else None
        if order is None:
            raise PaymentUnknown("Its payment is not known yet")
        return order
