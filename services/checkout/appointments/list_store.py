"""SQL that finds appointments by what people know of them."""

from __future__ import annotations

from dataclasses import dataclass

from chassis.database import Reader
from chassis.emails import email_key
from checkout.appointments.domain import Appointment, AppointmentState
from checkout.appointments.store import APPOINTMENT, appointment_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointmentFilter:
    """Which are asked for; None: all of them.

    provider_id: with whom
    state: where they stand
    number: the appointment's
    email: the customer's
    """

    provider_id: int | None = None
    state: AppointmentState | None = None
    number: int | None = None
    email: str | None = None


async def find(reader: Reader, wanted: AppointmentFilter, *, before: int | None, limit: int) -> list[Appointment]:
    """The newest first, those booked before the number `before`."""
    rows = await reader.fetch(
        f"""
        SELECT {APPOINTMENT} FROM appointments
        WHERE ($1::int IS NULL OR provider_id = $1) AND ($2::text IS NULL OR state = $2)
            AND ($3::int IS NULL OR appointment_id = $3) AND ($4::text IS NULL OR email_key = $4)
            AND ($5::int IS NULL OR appointment_id < $5)
        ORDER BY appointment_id DESC LIMIT $6
        """,  # noqa: S608
        wanted.provider_id,
        wanted.state.value if wanted.state else None,
        wanted.number,
        email_key(wanted.email) if wanted.email else None,
        before,
        limit,
    )
    return [appointment_of(row) for row in rows]
