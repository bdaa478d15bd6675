"""Use cases of refunds. Each takes the transaction; the order's row is locked before anything else of it changes."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from chassis import audit
from chassis.audit import Actor, target
from chassis.clock import Clock
from chassis.database import Reader, Transaction
from chassis.ids import uuid7
from chassis.telemetry import get_logger
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.service import OrderService, locked
from checkout.payments import charge_store
from checkout.payments.afterwards import Afterwards
from checkout.payments.errors import RefundUnderWay
from checkout.payments.processors.port import GivenBack
from checkout.refunds import store
from checkout.refunds.at_ways import RefundsAtWays
from checkout.refunds.domain import (
    Part,
    Refund,
    RefundAction,
    RefundCause,
    RefundState,
    Wanted,
    allocate,
    left_of,
    pause_after,
    settle_wish,
)
from checkout.wayrefunds.domain import OPEN, WayRefund, WayRefundState
from checkout.wayrefunds.service import WayRefunds
from eventbus import Outbox
from events import OrderId, OrderState, PaymentRefundRefused, PaymentSecondCharge, SecondChargeOutcome

log = get_logger()

_MOST_PAYMENTS: Final = 100
_STAFF: Final = Cause(who="staff", why=Why.REFUND_REQUESTED)


class RefundService:
    """Finds what is to be given back, takes what people ask for, and keeps what the processor said."""

    def __init__(
        self, *, orders: OrderService, ways: WayRefunds, afterwards: Afterwards, outbox: Outbox, clock: Clock
    ) -> None:
        """`ways`: gives back what providers' processors took."""
        self._orders = orders
        self._at_ways = RefundsAtWays(ways)
        self._afterwards = afterwards
        self._outbox = outbox
        self._clock = clock

    async def request(self, tx: Transaction, order_id: UUID, wanted: Wanted, *, actor: Actor) -> list[Refund]:
        """Makes due what a person wants to be given back, and keeps who and why.

        Raises UnknownOrder, the conditions of errors.py, and those of wayrefunds/errors.py.
        """
        order = await locked(tx, order_id)
        # What came twice goes back by itself: it is not to be given back as the order's.
        await store.request_surplus(tx, limit=_MOST_PAYMENTS, order_id=order_id)
        under_way, payments = await store.under_way(tx, order_id), await store.payments_of(tx, order_id)
        left = left_of(order, under_way, payments)
        amount, seats = settle_wish(order, wanted, under_way, left=left)
        refunds = _refunds(order, allocate(amount, payments), seats, wanted)
        for refund in refunds:
            await store.insert(tx, refund, reason=wanted.reason, requested_by=actor.name)
            if refund.connection_id is not None:
                await self._at_ways.request(tx, refund, order, requested_by=actor.name)
        await _audit(tx, refunds, wanted, actor, left=left)
        log.info("refund_requested", order_id=str(order_id), amount=amount, actor=actor.name)
        return refunds

    async def surplus_due(self, reader: Reader) -> bool:
        """Whether a charge came twice that no refund was made of."""
        return await store.surplus_due(reader)

    async def request_surplus(self, tx: Transaction, *, limit: int) -> None:
        """Makes refunds of charges that came twice."""
        await store.request_surplus(tx, limit=limit)

    async def take_due(self, reader: Reader, *, limit: int, lease: timedelta) -> list[Refund]:
        """Refunds that the processor is to be asked for, each for one lease."""
        return await store.claim_due(reader, limit=limit, lease=lease)

    async def answered(self, tx: Transaction, refund: Refund, given: GivenBack) -> None:
        """The processor has given the money back, now or before; what has failed since then was never done.

        While the order is disputed a part of its money can't count (C-5): it is asked for again until that is over.
        """
        order = await locked(tx, refund.order_id)
        if given.failure is not None:
            await self._note(tx, refund, given)
            await self.refused(tx, refund, code=given.failure, error=f"It failed: {given.failure}")
        elif refund.cause is RefundCause.REQUESTED and order.state is OrderState.DISPUTED:
            await self.ask_again(tx, refund, error="Given back; the order is disputed until the bank decides")
        elif await store.settle(tx, refund.refund_id, RefundState.DONE, processor_refund_id=given.refund_id):
            await self._note(tx, refund, given)
            await self._tell_done(tx, refund, order)

    async def done_before(self, tx: Transaction, refund: Refund, *, code: str, error: str) -> None:
        """All of the payment went back before, and this refund has no part in it."""
        if refund.cause is RefundCause.REQUESTED:
            await self.refused(tx, refund, code=code, error=error)
        elif await store.settle(tx, refund.refund_id, RefundState.DONE):
            await self._tell_done(tx, refund, await locked(tx, refund.order_id))

    async def refused(self, tx: Transaction, refund: Refund, *, code: str, error: str) -> None:
        """The processor will not do it: a person has to look."""
        if not await store.settle(tx, refund.refund_id, RefundState.REFUSED, refusal=code, error=error):
            return
        log.error("refund_refused", order_id=str(refund.order_id), reason=code)
        if refund.cause is RefundCause.REQUESTED:
            await self._tell_refused(tx, refund, code)
        else:
            await self._tell_second_charge(tx, refund, SecondChargeOutcome.REFUSED)

    async def ask_again(self, tx: Transaction, refund: Refund, *, error: str, new_key: bool = False) -> None:
        """No decision came: the same call again, with a new key where the old one would bring the same failure."""
        await store.due_again(tx, refund.refund_id, after=pause_after(refund.tries), error=error, new_key=new_key)

    async def told_by_way(self, tx: Transaction, refund: Refund, way: WayRefund) -> None:
        """What a provider's processor has said of it so far.

        The order follows what was given back there, too, while this one was under way: whoever tells of that now waits.
        """
        await locked(tx, refund.order_id)
        charge = await self._at_ways.charge(tx, way)
        if way.state is WayRefundState.DONE:
            # Beside what the owner gave back before: of that, some may have failed since.
            total = refund.amount + await charge_store.refunded_by(tx, refund.processor, refund.payment_intent)
            await self.answered(tx, refund, GivenBack(refund_id=way.processor_refund_id or "", total=total))
        elif way.state in OPEN:
            await self.ask_again(tx, refund, error=way.last_error or "The processor has not decided yet")
        else:
            await self.refused(tx, refund, code=way.refusal or way.state.value, error=way.last_error or "")
        if charge is not None:
            with suppress(RefundUnderWay):
                await self._afterwards.follow_ledger(tx, charge, _found_at(refund))

    async def _note(self, tx: Transaction, refund: Refund, given: GivenBack) -> None:
        await self._afterwards.note_given_back(tx, refund.processor, refund.payment_intent, given, amount=refund.amount)

    async def _tell_done(self, tx: Transaction, refund: Refund, order: Order) -> None:
        if refund.cause is RefundCause.REQUESTED:
            log.info("refund_done", order_id=str(refund.order_id), amount=refund.amount)
            total = min(order.amount, order.refunded_amount + refund.amount)
            await self._orders.refunded(
                tx,
                order,
                _STAFF,
                total=total,
                seats=refund.seats,
                return_seats=refund.return_seats,
                refund_id=refund.refund_id,
            )
        else:
            log.info("second_charge_refunded", order_id=str(refund.order_id), amount=refund.amount)
            await self._tell_second_charge(tx, refund, SecondChargeOutcome.REFUNDED)

    async def _tell_refused(self, tx: Transaction, refund: Refund, code: str) -> None:
        await self._outbox.publish(tx, PaymentRefundRefused(**self._facts(refund), cause=code))

    async def _tell_second_charge(self, tx: Transaction, refund: Refund, outcome: SecondChargeOutcome) -> None:
        await self._outbox.publish(tx, PaymentSecondCharge(**self._facts(refund), outcome=outcome))

    def _facts(self, refund: Refund) -> dict[str, Any]:
        return {
            "order_id": OrderId(refund.order_id),
            "processor": refund.processor,
            "amount": refund.amount,
            "currency": refund.currency,
            "occurred_at": self._clock.now(),
        }


def _found_at(refund: Refund) -> Cause:
    return Cause(who=refund.processor, why=Why.FOUND_AT_PROCESSOR)


def _refunds(order: Order, parts: list[Part], seats: tuple[int, ...], wanted: Wanted) -> list[Refund]:
    """One of each payment; the seats go with the first."""
    return [
        Refund(
            refund_id=uuid7(),
            processor=part.payment.processor,
            payment_intent=part.payment.payment_intent,
            order_id=order.order_id,
            amount=part.amount,
            currency=order.currency,
            cause=RefundCause.REQUESTED,
            seats=() if number else seats,
            return_seats=wanted.return_seats,
            connection_id=part.payment.connection_id,
        )
        for number, part in enumerate(parts)
    ]


async def _audit(tx: Transaction, refunds: list[Refund], wanted: Wanted, actor: Actor, *, left: int) -> None:
    first, amount = refunds[0], sum(refund.amount for refund in refunds)
    await audit.record(
        tx,
        RefundAction.REQUESTED,
        actor=actor,
        target=target("order", str(first.order_id)),
        reason=wanted.reason,
        before={"left": left},
        after={
            "left": left - amount,
            "amount": amount,
            "seats": list(first.seats),
            "return_seats": wanted.return_seats,
            "refunds": [str(refund.refund_id) for refund in refunds],
        },
    )
