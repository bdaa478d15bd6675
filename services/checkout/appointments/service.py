"""Appointments are booked and changed. Each takes the transaction."""

from __future__ import annotations

from dataclasses import replace

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Reader, Transaction
from chassis.telemetry import get_logger
from checkout.appointments import store
from checkout.appointments.domain import (
    Appointment,
    AppointmentAction,
    AppointmentState,
    NewAppointment,
    require_may_become,
)
from checkout.appointments.errors import AppointmentTaken, UnknownAppointment
from checkout.appointments.tokens import AppointmentLinks
from checkout.providers import store as providers_store
from checkout.providers.memory import ProviderMemory
from eventbus import Outbox
from events import AppointmentDetails, PaymentAppointmentPaid

log = get_logger()


class Appointments:
    """What providers are paid for."""

    def __init__(self, providers: ProviderMemory, links: AppointmentLinks, *, outbox: Outbox, clock: Clock) -> None:
        self._providers = providers
        self._links = links
        self._outbox = outbox
        self._clock = clock

    async def book(self, tx: Transaction, wanted: NewAppointment, *, actor: Actor) -> Appointment:
        """Books an appointment; the same a second time gives the first one.

        Raises UnknownProvider, or AppointmentTaken for another price.
        """
        self._providers.settings(wanted.provider_id)
        booked = await store.add(tx, wanted)
        if booked is None:
            known = await store.same(tx, wanted)
            if known is None or (known.price, known.currency) != (wanted.price, wanted.currency):
                raise AppointmentTaken(extra={"appointment_id": known.appointment_id if known else None})
            return known
        await audit.record(
            tx, AppointmentAction.BOOKED, actor=actor, target=_target(booked), after={"state": booked.state.value}
        )
        return booked

    async def paid(self, tx: Transaction, appointment: Appointment, processor: str) -> bool:
        """It is paid from now on, which is told; False, and nothing changes, when it was anything but booked.

        Whoever calls has it locked.
        """
        if appointment.state is not AppointmentState.BOOKED:
            return False
        await store.move(tx, appointment.appointment_id, AppointmentState.PAID)
        told = PaymentAppointmentPaid(
            appointment_id=appointment.appointment_id,
            provider_id=appointment.provider_id,
            processor=processor,
            amount=appointment.price,
            currency=appointment.currency,
            occurred_at=self._clock.now(),
            details=await self._details(tx, appointment),
        )
        await self._outbox.publish(tx, told)
        log.info("appointment_paid", appointment=appointment.appointment_id, processor=processor)
        return True

    async def speaks(self, tx: Transaction, appointment_id: int, language: str) -> None:
        """Its customer is written to in this language from now on."""
        await store.speaks(tx, appointment_id, language)

    async def details(self, reader: Reader, appointment_id: int) -> AppointmentDetails | None:
        """What its customer is told of it; None where there is no such appointment."""
        found = await store.get(reader, appointment_id)
        return await self._details(reader, found) if found else None

    async def _details(self, reader: Reader, appointment: Appointment) -> AppointmentDetails:
        provider = await providers_store.get(reader, appointment.provider_id)
        return AppointmentDetails(
            email=appointment.customer_email,
            provider_name=provider.name if provider else "",
            starts=appointment.starts,
            link=self._links.page(appointment.appointment_id),
            language=appointment.language,
        )

    async def move(
        self,
        tx: Transaction,
        appointment_id: int,
        state: AppointmentState,
        *,
        reason: str,
        provider_id: int | None,
        actor: Actor,
    ) -> Appointment:
        """Cancels an appointment, or says that it is done; a second time changes nothing.

        reason: why, in the person's words; empty where nobody asked
        provider_id: of whoever may change the own ones only
        Raises UnknownAppointment, AppointmentOver or AppointmentAhead.
        """
        before = await store.get_locked(tx, appointment_id)
        if before is None or provider_id not in (None, before.provider_id):
            raise UnknownAppointment
        if before.state is state:
            return before
        require_may_become(before, state, now=self._clock.now())
        await store.move(tx, appointment_id, state)
        was, now = {"state": before.state.value}, {"state": state.value}
        await audit.record(
            tx,
            AppointmentAction.CHANGED,
            actor=actor,
            target=_target(before),
            reason=reason,
            before=was,
            after=now,
        )
        return replace(before, state=state)


def _target(appointment: Appointment) -> str:
    return audit.target("appointment", appointment.appointment_id)
