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
        email, masked = appointment.customer_email, role not in (Role.ADMIN, Role.PROVIDER)
        return cls(
            id=appointment.appointment_id,
            provider=appointment.provider_id,
            customer_email=mask_email(email) if masked else email,
            price=Money(appointment.price, appointment.currency).major(),
            currency=appointment.currency,
            starts=appointment.starts,
            state=appointment.state,
            page=None if masked else links.page(appointment.appointment_id),
        )
