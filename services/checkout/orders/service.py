"""Use cases on orders. Each takes the transaction; the order's row is locked before any outbox row is written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.errors import Dead
from chassis.ids import derived_uuid7, short_number, uuid7_of
from chassis.telemetry import current_traceparent, get_logger
from chassis.tickets import TicketSigner
from checkout.orders import store
from checkout.orders.codes import first_codes
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.errors import UnknownOrder
from checkout.orders.messages import OrderMessages
from checkout.orders.states import SETTLED
from eventbus import Outbox, Outgoing
from events import (
    CancelCause,
    OrderCancelled,
    OrderDisputeClosed,
    OrderDisputed,
    OrderEvent,
    OrderExpired,
    OrderPaid,
    OrderPaymentFailed,
    OrderPaymentPending,
    OrderPlaced,
    OrderRefunded,
    OrderRefundFailed,
    OrderState,
    PaymentFailure,
    SeatState,
)

log = get_logger()

_DRAWS = 5
_PLACED = Cause(who="customer", why=Why.PLACED)


async def locked(tx: Transaction, order_id: UUID) -> Order:
    """The order, its row locked until the end of the transaction. Raises UnknownOrder."""
    order = await store.get_locked(tx, order_id)
    if order is None:
        raise UnknownOrder
    return order


class OrderService:
    """Moves orders through C-5 and says so on `orders`.

    A change to the state that an order is in already is a repeat: nothing happens and None comes back. One that C-5
    refuses is recorded in the history, and None comes back as well.
    """

    def __init__(self, *, outbox: Outbox, messages: OrderMessages, signer: TicketSigner, clock: Clock) -> None:
        self._outbox = outbox
        self._messages = messages
        self._signer = signer
        self._clock = clock

    async def place(self, tx: Transaction, order: Order, cause: Cause = _PLACED) -> Order:
        """Stores a new order under a free short number, and publishes it."""
        for _ in range(_DRAWS):
            if await store.insert(tx, order, cause):
                await self._outbox.publish(tx, self._messages.event(OrderPlaced, order, at=self._clock.now()))
                return order
            order = replace(order, number=short_number())
        raise Dead("no free order number was found")

    async def await_payment(self, tx: Transaction, order: Order, cause: Cause) -> Order | None:
        """The payment page exists; no event of its own."""
        return await self._move(tx, order, OrderState.AWAITING_PAYMENT, cause)

    async def pending(self, tx: Transaction, order: Order, cause: Cause, *, method: str | None) -> Order | None:
        """A delayed method's money is on its way. An old word about an order that has moved on changes nothing."""
        if order.state in SETTLED or order.state is OrderState.PAYMENT_FAILED:
            return None
        order = replace(order, payment_method=method or order.payment_method)
        order = await self._reachable(tx, order, cause)
        moved = await self._move(tx, order, OrderState.PAYMENT_PENDING, cause)
        return await self._tell(tx, OrderPaymentPending, moved)

    async def paid(
        self,
        tx: Transaction,
        order: Order,
        cause: Cause,
        *,
        processor_time: datetime,
        method: str | None,
        country: str | None,
        region: str | None,
    ) -> Order | None:
        """The money is here: tickets are signed, and everything else follows from the event."""
        if order.state in SETTLED:
            return None
        now = self._clock.now()
        alive = order.hold_alive(now)
        order = await self._reachable(tx, order, cause)
        order = replace(
            order,
            paid_at=now,
            payment_method=method or order.payment_method,
            country=country,
            region=region,
            tickets=first_codes(self._signer, order),
        )
        moved = await self._move(tx, order, OrderState.PAID, cause)
        return await self._tell(
            tx,
            OrderPaid,
            moved,
            at=now,
            # An order is paid once: a database that comes from a backup and finds it paid again says the same event.
            id_=uuid7_of(order.placed_at, str(order.order_id), OrderPaid.type),
            hold_alive=alive,
            tickets=order.tickets,
            paid_at=now,
            processor_time=processor_time,
        )

    async def note_method(self, tx: Transaction, order_id: UUID, method: str) -> None:
        """How the buyer pays, as soon as it is known; the order's next event says it."""
        await store.note_method(tx, order_id, method)

    async def payment_failed(
        self, tx: Transaction, order: Order, cause: Cause, *, failure: PaymentFailure
    ) -> Order | None:
        """A delayed method's money will not come."""
        moved = await self._move(tx, order, OrderState.PAYMENT_FAILED, cause)
        return await self._tell(tx, OrderPaymentFailed, moved, cause=failure)

    async def expire(self, tx: Transaction, order: Order, cause: Cause) -> Order | None:
        """Only when it can't be paid: the processor has ended its session, or no buyer has the address of one."""
        moved = await self._move(tx, order, OrderState.EXPIRED, cause)
        return await self._tell(tx, OrderExpired, moved)

    async def cancel(self, tx: Transaction, order: Order, cause: CancelCause) -> Order | None:
        """Nothing came of it, and nobody can pay for it."""
        who = "staff" if cause is CancelCause.CANCELLED_BY_STAFF else "system"
        moved = await self._move(tx, order, OrderState.CANCELLED, Cause(who=who, why=cause.value))
        return await self._tell(tx, OrderCancelled, moved, cause=cause)

    async def cancel_free(self, tx: Transaction, order: Order) -> Order | None:
        """A paid order that cost nothing: its tickets end and its seats go back, as by a refund of nothing."""
        ended = tuple(seat.seat for seat in order.seats if seat.state != SeatState.REFUNDED)
        cause = Cause(who="staff", why=Why.CANCELLED_BY_STAFF)
        moved = await self._move(tx, order.refunded(0, ended), OrderState.REFUNDED, cause)
        return await self._tell(tx, OrderRefunded, moved, refunded_amount=0, refunded_seats=ended, return_seats=True)

    async def refunded(
        self,
        tx: Transaction,
        order: Order,
        cause: Cause,
        *,
        total: int,
        seats: Collection[int] = (),
        return_seats: bool = False,
        refund_id: UUID | None = None,
    ) -> Order | None:
        """The processor has given back `total` (minor units) of the order so far; an older total changes nothing.

        The tickets of `seats` end, and of all seats when nothing is left; a refund made at the processor names none.
        By its `refund_id` a database that comes from a backup says the same event of a refund of ours again.
        """
        if total <= order.refunded_amount:
            return None
        amount, whole = total - order.refunded_amount, total >= order.amount
        left = (seat.seat for seat in order.seats if seat.state != SeatState.REFUNDED)
        ended = tuple(seat for seat in left if whole or seat in seats)
        target = OrderState.REFUNDED if whole else OrderState.PARTIALLY_REFUNDED
        moved = await self._move(tx, order.refunded(total, ended), target, cause)
        return await self._tell(
            tx,
            OrderRefunded,
            moved,
            id_=derived_uuid7(refund_id, OrderRefunded.type) if refund_id else None,
            refunded_amount=amount,
            refunded_seats=ended,
            return_seats=return_seats,
        )

    async def refund_failed(
        self,
        tx: Transaction,
        order: Order,
        cause: Cause,
        *,
        amount: int,
        code: str,
        seats: Collection[int] = (),
        refund_id: UUID | None = None,
    ) -> Order:
        """A refund of `amount` (minor units) did not arrive; `code` is the processor's word for why.

        The `seats` that ended with it stay so: they may be sold again by now, and people decide (docs/adr/0024).
        """
        back = order.refund_failed(amount)
        await store.update(tx, back, previous=order.state, cause=cause, at=self._clock.now())
        await self._tell(
            tx,
            OrderRefundFailed,
            back,
            id_=derived_uuid7(refund_id, OrderRefundFailed.type) if refund_id else None,
            failed_amount=order.refunded_amount - back.refunded_amount,
            ended_seats=tuple(seats),
            cause=code,
        )
        return back

    async def disputed(self, tx: Transaction, order: Order, cause: Cause, *, code: str) -> Order | None:
        """The buyer's bank has taken the money back for now; `code` is the processor's word for why."""
        moved = await self._move(tx, order, OrderState.DISPUTED, cause)
        return await self._tell(tx, OrderDisputed, moved, cause=code)

    async def dispute_closed(self, tx: Transaction, order: Order, cause: Cause, *, won: bool) -> Order | None:
        """The bank has decided: a dispute that was won leads back to the state before it, a lost one is a refund."""
        if order.state is not OrderState.DISPUTED:
            return None
        back = (order.state_before or OrderState.PAID) if won else OrderState.REFUNDED
        moved = await self._move(tx, order, back, cause)
        return await self._tell(tx, OrderDisputeClosed, moved, won=won)

    async def _reachable(self, tx: Transaction, order: Order, cause: Cause) -> Order:
        """A payment for an order whose session was never written down: the session does exist, so it is awaited."""
        if order.state is not OrderState.PLACED:
            return order
        return await self._move(tx, order, OrderState.AWAITING_PAYMENT, cause) or order

    async def _move(self, tx: Transaction, order: Order, target: OrderState, cause: Cause) -> Order | None:
        repeated = order.state is target and target is not OrderState.PARTIALLY_REFUNDED
        if repeated:
            return None
        moved, now = order.moved(target), self._clock.now()
        if moved is None:
            await store.record_refusal(tx, order, target, cause=cause, at=now)
            return None
        await store.update(tx, moved, previous=order.state, cause=cause, at=now)
        return moved

    async def _tell(
        self,
        tx: Transaction,
        kind: type[OrderEvent],
        moved: Order | None,
        *,
        at: datetime | None = None,
        id_: UUID | None = None,
        **more: Any,
    ) -> Order | None:
        if moved is not None:
            event = self._messages.event(kind, moved, at=at or self._clock.now(), **more)
            await self._outbox.enqueue(tx, [Outgoing(event=event, traceparent=current_traceparent(), id=id_)])
        return moved
