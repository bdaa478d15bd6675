"""What the page of an appointment shows, and by which ways it can be paid there. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from chassis import formats
from chassis.money import Money
from checkout.appointments.domain import Appointment, AppointmentState
from checkout.routing.domain import PaymentOption
from checkout.web.way_views import PayOption, pay_options
from languages import gettext, gettext_noop, translate

_POSTERS: Final[Mapping[AppointmentState, str]] = MappingProxyType(
    {
        AppointmentState.BOOKED: gettext_noop("Booked."),
        AppointmentState.PAID: gettext_noop("Paid."),
        AppointmentState.CANCELLED: gettext_noop("Cancelled."),
        AppointmentState.DONE: gettext_noop("Done."),
    }
)


class PayPhase(StrEnum):
    """What the page is about.

    open: it can be paid, by one of the options
    closed: it can't be paid here now
    waiting: its customer has paid, and the processor has not said so yet
    settled: there is nothing to pay
    """

    OPEN = "open"
    CLOSED = "closed"
    WAITING = "waiting"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentView:
    """An appointment as its customer sees it.

    problem: why the payment page did not open; empty when nothing went wrong
    """

    appointment_id: int
    phase: PayPhase
    poster: str
    lead: str
    provider: str
    when: str
    price: str
    options: tuple[PayOption, ...]
    problem: str


def appointment_view(
    appointment: Appointment,
    *,
    provider: str,
    business: str,
    options: Sequence[PaymentOption] = (),
    back: bool = False,
    problem: str = "",
    zone: str,
) -> AppointmentView:
    """`options`: those that may be taken; `back`: its customer comes from the payment page."""
    usable = [each for each in options if each.cause is None]
    phase = _phase(appointment, usable, back=back and not problem)
    return AppointmentView(
        appointment_id=appointment.appointment_id,
        phase=phase,
        poster=translate(_POSTERS[appointment.state]),
        lead=_lead(phase, appointment.state),
        provider=provider,
        when=_when(appointment.starts, zone),
        price=formats.money(Money(appointment.price, appointment.currency)),
        options=pay_options(options, provider=provider, business=business),
        problem=problem,
    )


def _phase(appointment: Appointment, usable: Sequence[PaymentOption], *, back: bool) -> PayPhase:
    if appointment.state is not AppointmentState.BOOKED:
        return PayPhase.SETTLED
    if back:
        return PayPhase.WAITING
    return PayPhase.OPEN if usable else PayPhase.CLOSED


def _lead(phase: PayPhase, state: AppointmentState) -> str:
    if phase is PayPhase.WAITING:
        return gettext("We wait for the word that your payment is there. This page looks again by itself.")
    if phase is PayPhase.CLOSED:
        return gettext("It can’t be paid here right now. Nothing was charged.")
    if phase is PayPhase.OPEN:
        return gettext("Your appointment is booked. Pay it here.")
    return gettext("Your payment is there.") if state is AppointmentState.PAID else ""


def _when(starts: datetime, zone: str) -> str:
    return formats.day_and_zoned_time(starts, zone)
