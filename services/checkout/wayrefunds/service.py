"""Refunds of what ways took: asked for, and what processors said. Each takes the transaction; none is made in a call.

A refund is a row before its processor is called, and the row's id the call's key: whoever goes on with it makes the
same call. The payment's sums are locked before a refund is added, and hold that it is never more than was paid.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final
from uuid import UUID

from chassis.clock import Clock
from chassis.database import Reader, Transaction
from chassis.ids import uuid7, uuid7_of
from chassis.telemetry import get_logger
from checkout.connections import store as connections_store
from checkout.connections.domain import Connection
from checkout.processors.backs import FoundRefund
from checkout.processors.domain import ExternalRefund
from checkout.processors.port import ExternalProcessor
from checkout.routing.domain import Way
from checkout.wayrefunds import store
from checkout.wayrefunds.domain import (
    OPEN,
    ForeseenRefund,
    WayPayment,
    WayRefund,
    WayRefundCause,
    WayRefundState,
    ask_again_after,
    commission_back,
    left_of,
    settle_amount,
    state_of,
)
from checkout.wayrefunds.errors import WayRefundImpossible
from eventbus import Outbox
from events import AppointmentDetails, PaymentWayRefund, WayRefundOutcome

log = get_logger()

# More than the calls for one refund may take.
LEASE: Final = timedelta(seconds=60)
_MADE_THERE: Final = "Given back at the processor."
_OUTCOMES: Final = {
    WayRefundState.DONE: WayRefundOutcome.REFUNDED,
    WayRefundState.REFUSED: WayRefundOutcome.REFUSED,
    WayRefundState.FAILED: WayRefundOutcome.FAILED,
}


# What the customer of an appointment is told of it.
Details = Callable[[Reader, int], Awaitable[AppointmentDetails | None]]
# What follows once one that was done was asked about again; with the processor's word for why it failed, if it has.
Looked = Callable[[Transaction, WayRefund, str | None], Awaitable[None]]


class WayRefunds:
    """Money that goes back of payments that the platform, or providers' processors, took."""

    def __init__(
        self,
        processors: Mapping[str, ExternalProcessor],
        *,
        appointment: Details,
        looked: Looked | None = None,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        """`appointment`: reads what the customer of one is told of it; `looked`: what follows from a second look."""
        self._processors = processors
        self._appointment = appointment
        self._looked = looked
        self._outbox = outbox
        self._clock = clock

    async def request(
        self,
        tx: Transaction,
        payment: WayPayment,
        wanted: int | None,
        *,
        reason: str,
        requested_by: str | None,
        by_provider: bool = False,
        cause: WayRefundCause = WayRefundCause.REQUESTED,
        refund_id: UUID | None = None,
    ) -> WayRefund | None:
        """Makes it due, once where it is surplus: None when that was done before.

        wanted: how much, minor units; None for all that is left
        by_provider: whether whoever asks is of the provider's
        refund_id: the id that whoever asks knows it by; None: a new one
        Raises WayRefundImpossible or WayRefundTooLarge.
        """
        asked = await store.lock_payment(tx, payment)
        abilities = (await self._able(tx, payment.way)).abilities
        amount = settle_amount(payment, asked, wanted, abilities, now=self._clock.now())
        refund = WayRefund(
            refund_id=refund_id or uuid7(),
            way=payment.way,
            payment_id=payment.payment_id,
            provider_id=payment.provider_id,
            appointment_id=payment.appointment_id,
            order_id=payment.order_id,
            amount=amount,
            currency=payment.currency,
            commission=commission_back(payment, amount),
            cause=cause,
            reason=reason,
            requested_by=requested_by,
            by_provider=by_provider,
            created_at=self._clock.now(),
        )
        waits = LEASE if cause is WayRefundCause.REQUESTED else timedelta(0)
        return refund if await store.add(tx, refund, due_at=self._clock.now() + waits) else None

    async def foresee(self, reader: Reader, payment: WayPayment, wanted: int | None) -> ForeseenRefund:
        """What `request` would come to now; raises as that does."""
        asked = await store.asked_back(reader, payment)
        abilities = (await self._able(reader, payment.way)).abilities
        amount = settle_amount(payment, asked, wanted, abilities, now=self._clock.now())
        connection = await _connection(reader, payment.way)
        return ForeseenRefund(
            payment=payment,
            left=left_of(payment, asked),
            amount=amount,
            account=connection.status if connection else None,
        )

    async def given(self, tx: Transaction, refund: WayRefund, told: ExternalRefund, *, error: str | None) -> None:
        """The processor has made it: on its way, there, or failed, also when it was done. `error`: its word for why."""
        state = state_of(told)
        if refund.state is WayRefundState.DONE:
            await self._looked_at(tx, refund, state, error=error)
            return
        found = await store.lock(tx, refund)
        if found is None or found.state not in OPEN:
            return
        waits = ask_again_after(refund.tries) if state is WayRefundState.PENDING else None
        await store.move(tx, found, state, processor_refund_id=told.refund_id, error=error, refusal=error, due_in=waits)
        if state is not found.state:
            await self._tell(tx, found, state, code=error)

    async def found(self, tx: Transaction, payment: WayPayment, listed: FoundRefund, *, error: str | None) -> None:
        """Its processor lists one that nobody here knows: made there, or lost by a restored database."""
        made, state = listed.refund, state_of(listed.refund)
        ours = await self._lost(tx, listed.key)
        refund = WayRefund(
            refund_id=ours or uuid7_of(listed.made_at, payment.way.processor, made.refund_id),
            way=payment.way,
            payment_id=payment.payment_id,
            provider_id=payment.provider_id,
            appointment_id=payment.appointment_id,
            order_id=payment.order_id,
            amount=made.amount,
            currency=made.currency,
            commission=0,
            cause=WayRefundCause.OUTSIDE,
            reason=listed.reason or _MADE_THERE,
            requested_by=None,
            state=state,
            processor_refund_id=made.refund_id,
            refusal=error,
            last_error=error,
            created_at=listed.made_at,
            settled_at=None if state in OPEN else self._clock.now(),
        )
        waits = self._clock.now() + ask_again_after(0) if state in OPEN else None
        await store.add(tx, refund, due_at=waits)
        await self._tell(tx, refund, state, code=error)

    async def look_again(self, tx: Transaction, provider_id: int, processor: str, payment_id: str) -> None:
        """Has those of a payment that are done asked about: one may have failed."""
        await store.look_again(tx, provider_id, processor, payment_id)

    async def _looked_at(self, tx: Transaction, refund: WayRefund, state: WayRefundState, *, error: str | None) -> None:
        """What one was done for is locked before its sums are, as by whoever asks for one."""
        failed = state is WayRefundState.FAILED
        await store.plan(tx, refund, due_in=None)
        if self._looked is not None:
            await self._looked(tx, refund, (error or state.value) if failed else None)
        found = await store.lock(tx, refund)
        if failed and found is not None and found.state is WayRefundState.DONE:
            await store.move(tx, found, state, error=error, refusal=error)
            await self._tell(tx, found, state, code=error)

    async def refused(self, tx: Transaction, refund: WayRefund, *, code: str, error: str) -> None:
        """The processor will not do it: nothing went back."""
        found = await store.lock(tx, refund)
        if found is not None and found.state is WayRefundState.DUE:
            await store.move(tx, found, WayRefundState.REFUSED, refusal=code, error=error)
            await self._tell(tx, found, WayRefundState.REFUSED, code=code)

    async def ask_again(self, tx: Transaction, refund: WayRefund, *, error: str) -> None:
        """No decision came: the same again, later each time."""
        found = await store.lock(tx, refund)
        if found is not None and found.state is WayRefundState.DONE:
            await store.plan(tx, found, due_in=ask_again_after(refund.tries))
        elif found is not None and found.state in OPEN:
            await store.move(tx, found, found.state, error=error, due_in=ask_again_after(refund.tries))

    @staticmethod
    async def _lost(tx: Transaction, key: str | None) -> UUID | None:
        """Our id of one that we have asked for, and of which nothing is here any more."""
        try:
            refund_id = UUID(key or "")
        except ValueError:
            return None
        return None if await store.get(tx, refund_id) else refund_id

    async def _able(self, reader: Reader, way: Way) -> ExternalProcessor:
        """Its processor, where its account gives money back."""
        processor = self._processors.get(way.processor)
        if processor is None:
            raise WayRefundImpossible(f"There is no way to {way.processor} any more.")
        if way.connection_id is not None:
            connection = await _connection(reader, way)
            if connection is None:
                raise WayRefundImpossible("The account is not connected any more.")
            if not connection.supports_refunds:
                raise WayRefundImpossible(f"The account at {way.processor} gives no payments back.")
        return processor

    async def _tell(self, tx: Transaction, refund: WayRefund, state: WayRefundState, *, code: str | None) -> None:
        outcome = _OUTCOMES.get(state)
        log.info("way_refund", refund_id=str(refund.refund_id), state=state.value, processor=refund.way.processor)
        if outcome is None or refund.is_orders_own:
            return
        await self._outbox.publish(
            tx,
            PaymentWayRefund(
                refund_id=refund.refund_id,
                appointment_id=refund.appointment_id,
                order_id=refund.order_id,
                provider_id=refund.provider_id,
                processor=refund.way.processor,
                connection_id=refund.way.connection_id,
                amount=refund.amount,
                currency=refund.currency,
                surplus=refund.cause is WayRefundCause.SURPLUS,
                outcome=outcome,
                cause=code,
                occurred_at=self._clock.now(),
                details=await self._appointment(tx, refund.appointment_id) if refund.appointment_id else None,
            ),
        )


async def _connection(reader: Reader, way: Way) -> Connection | None:
    return None if way.connection_id is None else await connections_store.get(reader, way.connection_id)
