"""All SQL on tries to have appointments paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from checkout.processors.domain import PaymentWish
from checkout.routing.domain import Decision, Way
from checkout.takings.domain import LIVE, TakingState, WayAttempt

_PLAIN: Final = """attempt_id, decision_id, place, appointment_id, provider_id, amount, currency, commission, wish,
page_id, page_url, payment_id, tries, created_at"""
_ATTEMPT: Final = f"{_PLAIN}, decision, processor, connection_id, state"
_LIVE: Final = sorted(each.value for each in LIVE)


async def add(tx: Transaction, attempt: WayAttempt, *, due_at: datetime) -> None:
    """Before its processor is called; somebody else goes on with it from `due_at`."""
    await tx.execute(
        f"""
        INSERT INTO way_attempts ({_ATTEMPT}, due_at, changed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, app_now())
        """,  # noqa: S608
        attempt.attempt_id,
        attempt.decision_id,
        attempt.place,
        attempt.appointment_id,
        attempt.provider_id,
        attempt.amount,
        attempt.currency,
        attempt.commission,
        asdict(attempt.wish),
        attempt.page_id,
        attempt.page_url,
        attempt.payment_id,
        attempt.tries,
        attempt.created_at,
        attempt.way.decision.value,
        attempt.way.processor,
        attempt.way.connection_id,
        attempt.state.value,
        due_at,
    )


async def get(reader: Reader, attempt_id: UUID) -> WayAttempt | None:
    row = await reader.fetchrow(f"SELECT {_ATTEMPT} FROM way_attempts WHERE attempt_id = $1", attempt_id)  # noqa: S608
    return _attempt(row) if row else None


async def get_locked(tx: Transaction, attempt_id: UUID) -> WayAttempt | None:
    """The same, which nobody else changes until the transaction ends."""
    row = await tx.fetchrow(
        f"SELECT {_ATTEMPT} FROM way_attempts WHERE attempt_id = $1 FOR UPDATE",  # noqa: S608
        attempt_id,
    )
    return _attempt(row) if row else None


async def appointments_of(reader: Reader, attempt_ids: Sequence[UUID]) -> dict[UUID, int]:
    """The appointments of tries that are known."""
    rows = await reader.fetch(
        "SELECT attempt_id, appointment_id FROM way_attempts WHERE attempt_id = ANY ($1)", list(attempt_ids)
    )
    return {row["attempt_id"]: row["appointment_id"] for row in rows}


async def live(reader: Reader, appointment_id: int) -> WayAttempt | None:
    """The one that may take the appointment's money, or has."""
    row = await reader.fetchrow(
        f"SELECT {_ATTEMPT} FROM way_attempts WHERE appointment_id = $1 AND state = ANY ($2)",  # noqa: S608
        appointment_id,
        _LIVE,
    )
    return _attempt(row) if row else None


async def of_appointment(reader: Reader, appointment_id: int) -> list[WayAttempt]:
    """Its tries, the oldest first."""
    rows = await reader.fetch(
        f"SELECT {_ATTEMPT} FROM way_attempts WHERE appointment_id = $1 ORDER BY created_at, attempt_id",  # noqa: S608
        appointment_id,
    )
    return [_attempt(row) for row in rows]


async def claim(tx: Transaction, attempt_id: UUID, *, now: datetime, until: datetime) -> bool:
    """Takes one for this request; False while somebody else has it."""
    claimed = await tx.fetchval(
        """
        UPDATE way_attempts SET due_at = $3, tries = tries + 1
        WHERE attempt_id = $1 AND due_at <= $2 RETURNING true
        """,
        attempt_id,
        now,
        until,
    )
    return bool(claimed)


async def claim_due(tx: Transaction, *, limit: int, now: datetime, until: datetime) -> list[WayAttempt]:
    """Those that somebody has to go on with, for one lease each: nobody else takes them meanwhile."""
    rows = await tx.fetch(
        f"""
        UPDATE way_attempts SET due_at = $2, tries = tries + 1
        WHERE attempt_id IN (
            SELECT attempt_id FROM way_attempts WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        RETURNING {_ATTEMPT}
        """,  # noqa: S608
        now,
        until,
        limit,
    )
    return [_attempt(row) for row in rows]


async def opened(tx: Transaction, attempt_id: UUID, *, page_id: str, page_url: str, due_in: timedelta) -> bool:
    """Writes down its page; False when it is being asked for no longer."""
    written = await tx.fetchval(
        """
        UPDATE way_attempts SET state = 'open', page_id = $2, page_url = $3, due_at = app_now() + $4, tries = 0,
            changed_at = app_now()
        WHERE attempt_id = $1 AND state = 'creating' RETURNING true
        """,
        attempt_id,
        page_id,
        page_url,
        due_in,
    )
    return bool(written)


async def move(
    tx: Transaction, attempt_id: UUID, state: TakingState, *, reason: str | None, due_in: timedelta | None = None
) -> None:
    """It stands there now; `due_in`: when somebody has to go on with it, None: never."""
    await tx.execute(
        """
        UPDATE way_attempts SET state = $2, reason = $3, due_at = app_now() + $4, changed_at = app_now()
        WHERE attempt_id = $1
        """,
        attempt_id,
        state.value,
        reason,
        due_in,
    )


async def paid(
    tx: Transaction, attempt_id: UUID, state: TakingState, *, payment_id: str, fee: int | None, paid_at: datetime
) -> None:
    """The buyer was charged."""
    await tx.execute(
        """
        UPDATE way_attempts SET state = $2, payment_id = $3, fee = $4, paid_at = $5, due_at = NULL,
            changed_at = app_now()
        WHERE attempt_id = $1
        """,
        attempt_id,
        state.value,
        payment_id,
        fee,
        paid_at,
    )


async def look_again(tx: Transaction, attempt_id: UUID, *, due_in: timedelta) -> None:
    """Somebody goes on with it then."""
    await tx.execute("UPDATE way_attempts SET due_at = app_now() + $2 WHERE attempt_id = $1", attempt_id, due_in)


def _attempt(row: Row) -> WayAttempt:
    found = {**row}
    way = Way(
        decision=Decision(found.pop("decision")),
        processor=found.pop("processor"),
        connection_id=found.pop("connection_id"),
    )
    wish, state = PaymentWish(**found.pop("wish")), TakingState(found.pop("state"))
    return WayAttempt(**found, way=way, wish=wish, state=state)
