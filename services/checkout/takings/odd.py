"""Money that came for an appointment which asks for none, or of another amount than was asked for (P-11).

What is surplus goes back by itself; of a mismatched amount a person has to decide.
"""

from __future__ import annotations

from typing import Final

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.telemetry import get_logger
from checkout.appointments.domain import Appointment, AppointmentState
from checkout.processors.domain import ExternalPayment
from checkout.routing.domain import Way
from checkout.wayrefunds.domain import WayRefundCause
from checkout.wayrefunds.errors import WayRefundImpossible, WayRefundTooLarge
from checkout.wayrefunds.payment_store import payment_of
from checkout.wayrefunds.service import WayRefunds
from eventbus import Outbox
from events import PaymentAppointmentMismatched

log = get_logger()

_TWICE: Final = "The appointment was paid already."
_CANCELLED: Final = "The appointment was cancelled."


class OddPayments:
    """Each takes the transaction, in which the ledger has the payment already."""

    def __init__(self, refunds: WayRefunds, *, outbox: Outbox, clock: Clock) -> None:
        self._refunds = refunds
        self._outbox = outbox
        self._clock = clock

    async def follow(
        self, tx: Transaction, appointment: Appointment, way: Way, payment: ExternalPayment, *, surplus: bool
    ) -> None:
        """What came is surplus, or its appointment was not waiting for it; else its amount is another one.

        An appointment that is done was paid late: that is as it should be.
        """
        log.error(
            "appointment_payment_odd",
            appointment=appointment.appointment_id,
            processor=way.processor,
            state=appointment.state.value,
            expected=f"{appointment.price} {appointment.currency}",
            actual=f"{payment.amount} {payment.currency}",
        )
        if surplus or appointment.state is AppointmentState.PAID:
            await self._give_back(tx, appointment, way, payment, _TWICE)
        elif appointment.state is AppointmentState.CANCELLED:
            await self._give_back(tx, appointment, way, payment, _CANCELLED)
        elif (payment.amount, payment.currency) != (appointment.price, appointment.currency):
            await self._tell(tx, appointment, way, payment)

    async def _give_back(
        self, tx: Transaction, appointment: Appointment, way: Way, payment: ExternalPayment, reason: str
    ) -> None:
        """Once. Where the processor can't, people hear of it as of any amount that should not be there."""
        taken = await payment_of(tx, way, payment.payment_id, provider_id=appointment.provider_id)
        if taken is None:
            return
        try:
            await self._refunds.request(tx, taken, None, reason=reason, requested_by=None, cause=WayRefundCause.SURPLUS)
        except WayRefundTooLarge:
            return  # its owner has given it back
        except WayRefundImpossible:
            await self._tell(tx, appointment, way, payment)

    async def _tell(self, tx: Transaction, appointment: Appointment, way: Way, payment: ExternalPayment) -> None:
        told = PaymentAppointmentMismatched(
            appointment_id=appointment.appointment_id,
            provider_id=appointment.provider_id,
            processor=way.processor,
            payment_id=payment.payment_id,
            state=appointment.state.value,
            expected=appointment.price if appointment.state is AppointmentState.BOOKED else 0,
            currency=appointment.currency,
            paid=payment.amount,
            paid_currency=payment.currency,
            occurred_at=self._clock.now(),
        )
        await self._outbox.publish(tx, told)
