"""An appointment as routes show it."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import Path
from pydantic import AwareDatetime, Field

from chassis.http.exact import Decimals, SnakeOut
from chassis.money import Money
from chassis.telemetry.masking import mask_email
from chassis.tokens import Role
from checkout.appointments.domain import Appointment, AppointmentState
from checkout.appointments.tokens import AppointmentLinks
from checkout.providers.domain import MOST_ID

AppointmentId = Annotated[int, Path(ge=1, le=MOST_ID, description="the appointment's id")]


class AppointmentOut(SnakeOut):
    """An appointment."""

    id: int
    provider: int
    customer_email: str = Field(description="masked for staff below admin")
    price: Decimals
    currency: str
    starts: AwareDatetime
    state: AppointmentState
    page: str | None = Field(description="where its customer sees and pays it; for admins and its provider")

    @classmethod
    def of(cls, appointment: Appointment, role: str | None, links: AppointmentLinks) -> Self:
        """As this role may see it."""
        return cls(
            id=appointment.appointment_id,
            provider=appointment.provider_id,
            customer_email=customer_email_for(role, appointment),
            price=Money(appointment.price, appointment.currency).major(),
            currency=appointment.currency,
            starts=appointment.starts,
            state=appointment.state,
            page=links.page(appointment.appointment_id) if sees_customers(role) else None,
        )


def sees_customers(role: str | None) -> bool:
    """Whether this role may know who has booked, and what that customer sees."""
    return role in (Role.ADMIN, Role.PROVIDER)


def customer_email_for(role: str | None, appointment: Appointment) -> str:
    """The customer's address, masked for who may not know it."""
    return appointment.customer_email if sees_customers(role) else mask_email(appointment.customer_email)
