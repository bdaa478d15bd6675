"""An appointment and its states. Pure; the price is minor units of its currency."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from checkout.appointments.errors import AppointmentAhead, AppointmentOver


class AppointmentAction(StrEnum):
    """What a person does about appointments, as the audit names it."""

    BOOKED = "appointment_booked"
    CHANGED = "appointment_changed"


class AppointmentState(StrEnum):
    """Where an appointment stands."""

    BOOKED = "booked"
    PAID = "paid"
    CANCELLED = "cancelled"
    DONE = "done"


# Into what a person may bring an appointment, and from where.
_BY_HAND: Final = {
    AppointmentState.CANCELLED: frozenset({AppointmentState.BOOKED, AppointmentState.PAID}),
    AppointmentState.DONE: frozenset({AppointmentState.BOOKED, AppointmentState.PAID}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAppointment:
    """What is to be booked.

    provider_id: with whom
    customer_email: for whom
    price, currency: what it costs
    starts: when
    """

    provider_id: int
    customer_email: str
    price: int
    currency: str
    starts: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment(NewAppointment):
    """One that is booked.

    appointment_id: its number
    state: where it stands
    language: in which its customer is written to
    """

    appointment_id: int
    state: AppointmentState
    language: str


def may_become(before: AppointmentState, after: AppointmentState) -> bool:
    """Whether a person may bring an appointment from one state into the other; paid is what payments make it."""
    return before in _BY_HAND.get(after, frozenset())


def require_may_become(before: Appointment, after: AppointmentState, *, now: datetime) -> None:
    """Raises AppointmentOver, or AppointmentAhead for what is done before it has begun."""
    if not may_become(before.state, after):
        raise AppointmentOver(f"It is {before.state.value}.")
    if after is AppointmentState.DONE and now < before.starts:
        raise AppointmentAhead
