"""Gives the payment of an appointment back, all of it or a part (P-4, P-11)."""

from __future__ import annotations

from chassis import audit
from chassis.audit import Actor
from chassis.database import Transaction
from checkout.appointments import store as appointments_store
from checkout.appointments.domain import Appointment
from checkout.appointments.errors import UnknownAppointment
from checkout.takings import store
from checkout.takings.domain import TakingAction
from checkout.takings.errors import AppointmentUnpaid
from checkout.wayrefunds.domain import WayPayment, WayRefund
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
        payment = await self._paid(tx, await visible(tx, appointment_id, scope))
        refund = await self._refunds.request(tx, payment, wanted, reason=reason, requested_by=actor.name)
        assert refund is not None  # noqa: S101 only what is surplus goes back once
        target = audit.target("appointment", appointment_id)
        done = {"refund": str(refund.refund_id), "amount": refund.amount, "currency": refund.currency}
        await audit.record(tx, TakingAction.REFUNDED, actor=actor, target=target, reason=reason, after=done)
        return refund

    @staticmethod
    async def _paid(tx: Transaction, appointment: Appointment) -> WayPayment:
        attempt = await store.live(tx, appointment.appointment_id)
        if attempt is not None and attempt.payment_id is not None:
            found = await payment_of(tx, attempt.way, attempt.payment_id, provider_id=appointment.provider_id)
        else:
            found = await outside_of(tx, appointment.appointment_id)
        if found is None:
            raise AppointmentUnpaid
        return found


async def visible(tx: Transaction, appointment_id: int, scope: int | None) -> Appointment:
    """The appointment, locked, for whoever may see it; raises UnknownAppointment."""
    found = await appointments_store.get_locked(tx, appointment_id)
    if found is None or scope not in {None, found.provider_id}:
        raise UnknownAppointment
    return found
