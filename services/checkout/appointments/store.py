"""All SQL on appointments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chassis.database import Reader, Row, Transaction
from chassis.emails import email_key
from checkout.appointments.domain import Appointment, AppointmentState, NewAppointment

APPOINTMENT: Final = "appointment_id, provider_id, customer_email, price, currency, starts, state, language"


async def add(tx: Transaction, wanted: NewAppointment) -> Appointment | None:
    """Books it; None when the customer is booked there at that moment already."""
    row = await tx.fetchrow(
        f"""
        INSERT INTO appointments (
            provider_id, customer_email, email_key, price, currency, starts, state, created_at, changed_at
        )
        VALUES ($1, $2, $3, $4, $5, $6, 'booked', app_now(), app_now())
        ON CONFLICT (provider_id, email_key, starts) WHERE state <> 'cancelled' DO NOTHING
        RETURNING {APPOINTMENT}
        """,  # noqa: S608
        wanted.provider_id,
        wanted.customer_email,
        email_key(wanted.customer_email),
        wanted.price,
        wanted.currency,
        wanted.starts,
    )
    return appointment_of(row) if row else None


async def those_known(reader: Reader, appointment_ids: Sequence[int]) -> frozenset[int]:
    """Which of them there are."""
    rows = await reader.fetch(
        "SELECT appointment_id FROM appointments WHERE appointment_id = ANY ($1::bigint[])", list(appointment_ids)
    )
    return frozenset(row["appointment_id"] for row in rows)


async def same(reader: Reader, wanted: NewAppointment) -> Appointment | None:
    """The one of that customer with that provider at that moment which is not cancelled."""
    row = await reader.fetchrow(
        f"""
        SELECT {APPOINTMENT} FROM appointments
        WHERE provider_id = $1 AND email_key = $2 AND starts = $3 AND state <> 'cancelled'
        """,  # noqa: S608
        wanted.provider_id,
        email_key(wanted.customer_email),
        wanted.starts,
    )
    return appointment_of(row) if row else None


async def get(reader: Reader, appointment_id: int) -> Appointment | None:
    row = await reader.fetchrow(f"SELECT {APPOINTMENT} FROM appointments WHERE appointment_id = $1", appointment_id)  # noqa: S608
    return appointment_of(row) if row else None


async def get_locked(tx: Transaction, appointment_id: int) -> Appointment | None:
    """The same, which nobody else changes until the transaction ends."""
    row = await tx.fetchrow(
        f"SELECT {APPOINTMENT} FROM appointments WHERE appointment_id = $1 FOR UPDATE",  # noqa: S608
        appointment_id,
    )
    return appointment_of(row) if row else None


async def find(
    reader: Reader, *, provider_id: int | None, state: AppointmentState | None, after: int, limit: int
) -> list[Appointment]:
    """By id, those behind `after`; of one provider, or of all."""
    rows = await reader.fetch(
        f"""
        SELECT {APPOINTMENT} FROM appointments
        WHERE ($1::int IS NULL OR provider_id = $1) AND ($2::text IS NULL OR state = $2) AND appointment_id > $3
        ORDER BY appointment_id LIMIT $4
        """,  # noqa: S608
        provider_id,
        state.value if state else None,
        after,
        limit,
    )
    return [appointment_of(row) for row in rows]


async def move(tx: Transaction, appointment_id: int, state: AppointmentState) -> None:
    await tx.execute(
        "UPDATE appointments SET state = $2, changed_at = app_now() WHERE appointment_id = $1",
        appointment_id,
        state.value,
    )


async def speaks(tx: Transaction, appointment_id: int, language: str) -> None:
    """Its customer is written to in this language from now on."""
    await tx.execute(
        "UPDATE appointments SET language = $2 WHERE appointment_id = $1 AND language <> $2", appointment_id, language
    )


def appointment_of(row: Row) -> Appointment:
    return Appointment(**{**row, "state": AppointmentState(row["state"])})
