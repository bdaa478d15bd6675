"""What payments know of the refunds that we have asked for: one that is under way, and one that failed later."""

from __future__ import annotations

from uuid import UUID

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.telemetry import get_logger
from checkout.payments.afterwards import FailedRefund
from checkout.payments.domain import ProcessorRefund
from checkout.refunds import store
from checkout.refunds.domain import Refund, RefundCause
from checkout.wayrefunds import store as wayrefunds_store
from eventbus import Outbox
from events import OrderId, PaymentSecondCharge, SecondChargeOutcome

log = get_logger()


class OwnRefunds:
    """Answers payments, and keeps that a refund did not arrive."""

    def __init__(self, *, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock

    async def under_way(self, tx: Transaction, processor: str, payment_intent: str | None) -> bool:
        return await store.is_asked_for(tx, processor, payment_intent)

    async def in_doubt(self, tx: Transaction, order_id: UUID, processor: str, payment_intent: str | None) -> bool:
        return await wayrefunds_store.in_doubt(tx, order_id, processor, payment_intent)

    async def failed(self, tx: Transaction, told: ProcessorRefund, failure: str) -> FailedRefund | None:
        error = f"It failed after it was done: {failure}"
        refund = await store.fail(tx, told.processor, told.refund_id, code=failure, error=error)
        if refund is None:
            return None
        log.error("refund_failed", order_id=str(refund.order_id), reason=failure)
        if refund.cause is RefundCause.REQUESTED:
            return FailedRefund(refund_id=refund.refund_id, amount=refund.amount, seats=refund.seats)
        await self._tell_second_charge(tx, refund)
        return FailedRefund(refund_id=refund.refund_id, amount=0, seats=())

    async def _tell_second_charge(self, tx: Transaction, refund: Refund) -> None:
        told = PaymentSecondCharge(
            order_id=OrderId(refund.order_id),
            processor=refund.processor,
            amount=refund.amount,
            currency=refund.currency,
            outcome=SecondChargeOutcome.FAILED,
            occurred_at=self._clock.now(),
        )
        await self._outbox.publish(tx, told)
