"""What the money of a payment means for its appointment, also where a restored database has lost its try."""

from __future__ import annotations

from chassis.clock import Clock
from chassis.database import Transaction
from checkout.appointments import store as appointments_store
from checkout.appointments.domain import Appointment, AppointmentState
from checkout.appointments.service import Appointments
from checkout.payments import appointment_store
from checkout.payments.appointments import enter
from checkout.payments.domain import AppointmentCharge, Session
from checkout.processors.domain import ExternalPayment, PaymentStatus
from checkout.processors.stripe_objects import PAYMENT_KEY
from checkout.routing.domain import Decision, Way
from checkout.takings import store
from checkout.takings.domain import named_by
from checkout.takings.odd import OddPayments
from checkout.transactions.domain import ExternalTransaction


class Settling:
    """Each takes the transaction."""

    def __init__(self, appointments: Appointments, odd: OddPayments, *, clock: Clock) -> None:
        self._appointments = appointments
        self._odd = odd
        self._clock = clock

    async def settle(
        self, tx: Transaction, appointment: Appointment, way: Way, payment: ExternalPayment, *, surplus: bool
    ) -> None:
        """The appointment is paid, once; what is surplus, or another amount, is odd. Whoever calls has it locked."""
        if way.decision is Decision.PLATFORM:
            await _enter(tx, appointment, way, payment)
        paid = not surplus and is_price(appointment, payment)
        if not paid or not await self._appointments.paid(tx, appointment, way.processor):
            await self._odd.follow(tx, appointment, way, payment, surplus=surplus)

    async def without_try(self, tx: Transaction, transaction: ExternalTransaction, payment: ExternalPayment) -> None:
        """A payment at a provider's own processor, whose key has named the appointment."""
        appointment = await appointments_store.get_locked(tx, transaction.appointment_id or 0)
        if appointment is not None and appointment.provider_id == transaction.provider_id:
            way = Way(
                decision=Decision.EXTERNAL,
                processor=transaction.processor,
                connection_id=transaction.connection_id,
            )
            await self.settle(tx, appointment, way, payment, surplus=False)

    async def page_completed(self, tx: Transaction, session: Session) -> bool:
        """A page of our own account is complete; False where it is no appointment's.

        Whoever keeps its try looks at it: only of one that nobody knows is the appointment settled here, once.
        """
        named = named_by(session.metadata.get(PAYMENT_KEY))
        if named is None or named.appointment_id is None or session.payment_intent is None:
            return False
        # Who looks at a page locks its appointment before the webhooks: here it is the other way round.
        if await store.get(tx, named.attempt_id) is not None:
            return True
        appointment = await appointments_store.get_locked(tx, named.appointment_id)
        if appointment is None:
            return False
        if session.paid and not await appointment_store.known(tx, session):
            way = Way(decision=Decision.PLATFORM, processor=session.processor, connection_id=None)
            payment = self._payment(session, session.payment_intent)
            await self.settle(tx, appointment, way, payment, surplus=appointment.state is AppointmentState.PAID)
        return True

    def _payment(self, session: Session, payment_id: str) -> ExternalPayment:
        """As its page says; what the processor kept of it only the payment itself would."""
        at = session.paid_at or self._clock.now()
        return ExternalPayment(
            payment_id=payment_id,
            key=session.metadata.get(PAYMENT_KEY),
            status=PaymentStatus.COMPLETED,
            amount=session.amount,
            refunded=0,
            currency=session.currency,
            commission=0,
            fee=None,
            created_at=at,
            updated_at=at,
        )


def is_price(appointment: Appointment, payment: ExternalPayment) -> bool:
    """Whether it is what the appointment asks for."""
    return (payment.amount, payment.currency) == (appointment.price, appointment.currency)


async def _enter(tx: Transaction, appointment: Appointment, way: Way, payment: ExternalPayment) -> None:
    """What the platform takes is in its own ledger; the one of transactions has what providers take."""
    charge = AppointmentCharge(
        appointment_id=appointment.appointment_id,
        processor=way.processor,
        payment_intent=payment.payment_id,
        amount=payment.amount,
        currency=payment.currency,
        fee=payment.fee or 0,
        paid_at=payment.created_at,
    )
    await enter(tx, charge)
