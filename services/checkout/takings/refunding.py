"""Gives the payment of an appointment back, all of it or a part (P-4, P-11)."""

from __future__ import annotations

from chassis import audit
from chassis.audit import Actor
from chassis.database import Reader, Transaction
from chassis.tokens import Role
from checkout.appointments import store as appointments_store
from checkout.appointments.domain import Appointment
from checkout.appointments.errors import UnknownAppointment
from checkout.takings import store
from checkout.takings.domain import TakingAction
from checkout.takings.errors import AppointmentUnpaid
from checkout.wayrefunds import store as refunds_store
from checkout.wayrefunds.domain import ForeseenRefund, WayPayment, WayRefund, left_of
from checkout.wayrefunds.payment_store import outside_of, payment_of
from checkout.wayrefunds.service import WayRefunds


class AppointmentRefunds:
    """Each takes the transaction; the processor is called once that has ended (`wayrefunds/giving.py`)."""

    def __init__(self, refunds: WayRefunds) -> None:
        self._refunds = refunds

    async def request(
        self,
        tx: Transaction,
        appointment_id: int,
        wanted: int | None,
        *,
        reason: str,
        scope: int | None,
        actor: Actor,
    ) -> WayRefund:
        """The refund, which is due now. `wanted`: minor units; None for all that is left.

        scope: the provider of whoever may give back the own ones only
        Raises UnknownAppointment, AppointmentUnpaid, WayRefundImpossible or WayRefundTooLarge.
        """
        payment = await _require_paid(tx, await visible(tx, appointment_id, scope))
        by_provider = actor.role == Role.PROVIDER
        refund = await self._refunds.request(
            tx, payment, wanted, reason=reason, requested_by=actor.name, by_provider=by_provider
        )
        assert refund is not None  # noqa: S101 only what is surplus goes back once
        target = audit.target("appointment", appointment_id)
        done = {"refund": str(refund.refund_id), "amount": refund.amount, "currency": refund.currency}
        await audit.record(tx, TakingAction.REFUNDED, actor=actor, target=target, reason=reason, after=done)
        return refund

    async def foresee(self, reader: Reader, appointment: Appointment, wanted: int | None) -> ForeseenRefund:
        """What `request` would come to now; raises as that does."""
        return await self._refunds.foresee(reader, await _require_paid(reader, appointment), wanted)

    @staticmethod
    async def left(reader: Reader, appointment: Appointment) -> int:
        """What of its payment can be given back; 0 where there is none."""
        payment = await _payment(reader, appointment)
        return left_of(payment, await refunds_store.asked_back(reader, payment)) if payment else 0


async def _require_paid(reader: Reader, appointment: Appointment) -> WayPayment:
    found = await _payment(reader, appointment)
    if found is None:
        raise AppointmentUnpaid
    return found


async def _payment(reader: Reader, appointment: Appointment) -> WayPayment | None:
    attempt = await store.live(reader, appointment.appointment_id)
    if attempt is not None and attempt.payment_id is not None:
        return await payment_of(reader, attempt.way, attempt.payment_id, provider_id=appointment.provider_id)
    return await outside_of(reader, appointment.appointment_id)


async def visible(tx: Transaction, appointment_id: int, scope: int | None) -> Appointment:
    """The appointment, locked, for whoever may see it; raises UnknownAppointment."""
    found = await appointments_store.get_locked(tx, appointment_id)
    if found is None or scope not in {None, found.provider_id}:
        raise UnknownAppointment
    return found
