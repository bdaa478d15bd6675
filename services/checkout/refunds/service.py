"""Use cases of refunds. Each takes the transaction."""

from __future__ import annotations

from datetime import timedelta

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.telemetry import get_logger
from checkout.refunds import store
from checkout.refunds.domain import Refund, RefundState, pause_after
from eventbus import Outbox
from events import OrderId, PaymentSecondCharge, SecondChargeOutcome

log = get_logger()


class RefundService:
    """Finds what is to be given back, and keeps what the processor said."""

    def __init__(self, *, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock

    async def take_due(self, tx: Transaction, *, limit: int, lease: timedelta) -> list[Refund]:
        """Refunds that the processor is to be asked for, those of second charges among them, each for one lease."""
        await store.request_surplus(tx, limit=limit)
        return await store.claim_due(tx, limit=limit, lease=lease)

    async def done(self, tx: Transaction, refund: Refund, *, processor_refund_id: str | None) -> None:
        """The processor has given the money back, or had done so before."""
        if await store.settle(
            tx, refund.refund_id, RefundState.DONE, processor_refund_id=processor_refund_id, error=None
        ):
            log.info("second_charge_refunded", order_id=str(refund.order_id), amount=refund.amount)
            await self._tell(tx, refund, SecondChargeOutcome.REFUNDED)

    async def refused(self, tx: Transaction, refund: Refund, *, code: str, error: str) -> None:
        """The processor will not do it: a person has to."""
        if await store.settle(tx, refund.refund_id, RefundState.REFUSED, processor_refund_id=None, error=error):
            log.error("refund_refused", order_id=str(refund.order_id), reason=code)
            await self._tell(tx, refund, SecondChargeOutcome.REFUSED)

    async def ask_again(self, tx: Transaction, refund: Refund, *, error: str, new_key: bool) -> None:
        """No decision came: the same call again, with a new key where the old one would bring the same failure."""
        await store.due_again(tx, refund.refund_id, after=pause_after(refund.tries), error=error, new_key=new_key)

    async def _tell(self, tx: Transaction, refund: Refund, outcome: SecondChargeOutcome) -> None:
        told = PaymentSecondCharge(
            order_id=OrderId(refund.order_id),
            processor=refund.processor,
            amount=refund.amount,
            currency=refund.currency,
            outcome=outcome,
            occurred_at=self._clock.now(),
        )
        await self._outbox.publish(tx, told)
