"""What went back of the platform's own payments of appointments, whoever gave it back (P-11).

Webhooks, and whoever compares, only say that it is time to ask: they may come twice, late, or out of order. What the
payment's lists have then is followed: a refund there is one row here, and the ledger is the sum of these.
"""

from __future__ import annotations

from collections.abc import Iterator

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.telemetry import get_logger
from checkout.processors.backs import FoundRefund, WentBack
from checkout.processors.domain import DisputeStatus, ExternalDispute, RefundStatus
from checkout.transactions.disputes import DisputeChange, dispute_entries, told
from checkout.wayrefunds import platform_store, store
from checkout.wayrefunds.domain import WayPayment
from checkout.wayrefunds.platform_store import DueLook
from checkout.wayrefunds.service import WayRefunds
from eventbus import Outbox
from events import AppointmentDisputeState, PaymentAppointmentDisputed

log = get_logger()

_ENDS = {DisputeStatus.WON: AppointmentDisputeState.WON, DisputeStatus.LOST: AppointmentDisputeState.LOST}


class PlatformBacks:
    """Each takes the transaction."""

    def __init__(self, refunds: WayRefunds, *, outbox: Outbox, clock: Clock) -> None:
        self._refunds = refunds
        self._outbox = outbox
        self._clock = clock

    async def make_due(self, tx: Transaction, processor: str, payment_id: str) -> bool:
        """Its lists are asked for now; False where it paid for no appointment."""
        payment = await platform_store.payment(tx, processor, payment_id)
        if payment is not None:
            await platform_store.make_due(tx, payment)
        return payment is not None

    async def looked(self, tx: Transaction, look: DueLook, back: WentBack) -> None:
        """Its lists were asked for."""
        payment = await platform_store.payment(tx, look.processor, look.payment_id)
        if payment is not None:
            await self.follow(tx, payment, back)
        await platform_store.looked(tx, look)

    async def follow(self, tx: Transaction, payment: WayPayment, back: WentBack) -> None:
        """Brings what is here to where its lists are. Repeated, or late, it changes nothing."""
        await store.lock_payment(tx, payment)
        for refund in back.refunds:
            await self._refund(tx, payment, refund)
        await platform_store.balance(tx, payment)
        for dispute in back.disputes:
            await self._dispute(tx, payment, dispute)

    async def _refund(self, tx: Transaction, payment: WayPayment, listed: FoundRefund) -> None:
        failed = listed.refund.status is RefundStatus.FAILED
        error = f"{payment.way.processor} could not give it back." if failed else None
        known = await platform_store.named(tx, payment, listed)
        if known is None:
            await self._refunds.found(tx, payment, listed, error=error)
        else:
            await self._refunds.given(tx, known, listed.refund, error=error)

    async def _dispute(self, tx: Transaction, payment: WayPayment, dispute: ExternalDispute) -> None:
        change = told(await platform_store.dispute(tx, payment.way.processor, dispute.dispute_id), dispute)
        if change.after == change.before:
            return
        await platform_store.keep_dispute(tx, payment, change.after)
        await platform_store.enter(tx, payment, dispute_entries(change))
        for state in _news(change):
            number, dispute_id = payment.appointment_id, change.after.dispute_id
            log.info("appointment_disputed", appointment=number, dispute=dispute_id, state=state.value)
            await self._outbox.publish(tx, self._told(payment, change, state))

    def _told(
        self, payment: WayPayment, change: DisputeChange, state: AppointmentDisputeState
    ) -> PaymentAppointmentDisputed:
        return PaymentAppointmentDisputed(
            appointment_id=payment.appointment_id or 0,
            provider_id=payment.provider_id,
            processor=payment.way.processor,
            dispute_id=change.after.dispute_id,
            amount=change.after.amount,
            currency=payment.currency,
            state=state.value,
            cause=change.after.code,
            occurred_at=self._clock.now(),
        )


def _news(change: DisputeChange) -> Iterator[AppointmentDisputeState]:
    """What people have not heard of, in its order: a bank that has decided has taken the money before."""
    before, after = change.before, change.after
    if after.taken > (before.taken if before else 0):
        yield AppointmentDisputeState.OPEN
    elif before is None:
        yield AppointmentDisputeState.INQUIRY
    end = _ENDS.get(after.status)
    if end is not None and (before is None or before.status is not after.status):
        yield end
