"""What becomes of payments once they were made: how the buyer paid, refunds, inquiries and disputes.

Each use case takes the transaction and converges: repeated, reordered or concurrent, it brings the order to where the
money is, once. Each raises PaymentUnknown about a payment that is not known, or not yet.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.telemetry import get_logger
from checkout.orders import store as orders_store
from checkout.orders.domain import Cause, Order
from checkout.orders.service import OrderService
from checkout.payments import store
from checkout.payments.domain import Charge, Dispute
from checkout.payments.errors import DisputeUnknown, PaymentUnknown, RefundUnderWay
from eventbus import Outbox
from events import PaymentInquiry, PaymentMethodKnown

log = get_logger()

# Of a processor and its id of a payment.
AskedFor = Callable[[Transaction, str, str | None], Awaitable[bool]]


class Afterwards:
    """Charges and disputes of our own processor account."""

    def __init__(self, *, orders: OrderService, asked_for: AskedFor, outbox: Outbox, clock: Clock) -> None:
        """`asked_for` says whether a refund of ours that moves an order is under way at the processor."""
        self._orders = orders
        self._asked_for = asked_for
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
        order = await self._paid_order(tx, charge)
        if await self._asked_for(tx, charge.processor, charge.payment_intent):
            raise RefundUnderWay("A refund of ours is under way")
        total = await store.refund_charge(tx, charge.processor, charge.payment_intent, refunded=charge.refunded)
        await self._orders.refunded(tx, order, cause, total=total)
        return order.order_id

    async def note_given_back(self, tx: Transaction, processor: str, payment_intent: str, *, total: int) -> None:
        """A refund of ours was done: `total` (minor units) went back of the payment so far, whoever asked for it."""
        await store.refund_charge(tx, processor, payment_intent, refunded=total)

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

    async def disputed(self, tx: Transaction, dispute: Dispute, cause: Cause) -> UUID:
        """A buyer's bank has taken the money back.

        Told again, also after its end, it changes nothing. A dispute about a second charge leaves the order alone:
        another one pays for its tickets.
        """
        order = await self._paid_order(tx, dispute)
        fresh = await store.add_dispute(tx, dispute, order.order_id, at=self._clock.now())
        if fresh and not await store.is_covered_without(tx, order.order_id, dispute):
            await self._orders.disputed(tx, order, cause, code=dispute.code)
        return order.order_id

    async def dispute_closed(self, tx: Transaction, dispute: Dispute, cause: Cause, *, won: bool) -> UUID:
        """The bank has decided. Raises DisputeUnknown. An inquiry that is over has frozen nothing.

        What was refunded in part while the dispute was open counts from now on: C-5 knows no such state before.
        """
        order = await self._paid_order(tx, dispute)
        if dispute.inquiry:
            return order.order_id
        if not await orders_store.was_disputed(tx, order.order_id):
            if await store.is_covered_without(tx, order.order_id, dispute):
                return order.order_id
            raise DisputeUnknown("Its dispute is not known yet")
        closed = await self._orders.dispute_closed(tx, order, cause, won=won)
        if closed is not None and won:
            total = await store.refunded_of(tx, order.order_id)
            await self._orders.refunded(tx, closed, cause, total=total)
        return order.order_id

    async def _tell_method(self, tx: Transaction, order: Order, charge: Charge, method: str) -> None:
        """`order.paid` went out before anybody knew the method."""
        told = PaymentMethodKnown(
            order_id=order.order_id,
            processor=charge.processor,
            payment_method=method,
            occurred_at=self._clock.now(),
        )
        await self._outbox.publish(tx, told)

    async def _paid_order(self, tx: Transaction, told: Charge | Dispute) -> Order:
        """The order that a payment has paid for, locked."""
        order_id = await store.order_paid_by(tx, told)
        order = await orders_store.get_locked(tx, order_id) if order_id else None
        if order is None:
            raise PaymentUnknown("Its payment is not known yet")
        return order
