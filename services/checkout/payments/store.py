"""All SQL on attempts."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from chassis.due_rows import claim_sql
from checkout.payments.domain import Attempt, AttemptState, Session

_PLAIN = [
    "attempt_id",
    "order_id",
    "processor",
    "idempotency_key",
    "parameters",
    "amount",
    "currency",
    "expires_at",
    "session_id",
    "session_url",
    "traceparent",
    "tries",
    "cancel_cause",
    "connection_id",
    "place",
]

_COLUMNS = ", ".join([*_PLAIN, "state"])

_INSERT = """
INSERT INTO payment_attempts (attempt_id, order_id, processor, idempotency_key, parameters, amount, currency, state,
                              expires_at, traceparent, due_at, created_at, connection_id, place)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'creating', $8, $9, $10, $11, $12, $13)
"""

# Whoever comes first, the request or the sweeper, writes the same session: the call was the same.
_OPENED = f"""
UPDATE payment_attempts SET state = 'open', session_id = $2, session_url = $3, due_at = $4, last_error = NULL
WHERE attempt_id = $1 AND state = 'creating'
RETURNING {_COLUMNS}
"""  # noqa: S608

_CLAIM = claim_sql("payment_attempts", "attempt_id", _COLUMNS, also="tries = tries + 1")

# Only while no session is known: one that was opened by another process meanwhile is somebody's payment page.
_ABANDON = """
UPDATE payment_attempts SET state = 'abandoned', due_at = NULL, last_error = $2
WHERE attempt_id = $1 AND state = 'creating'
RETURNING true
"""

# What the processor may know more about. One whose money is not what the order asks for waits for a person.
_UNSETTLED = "(state = 'open' OR state = 'complete' AND last_error IS NULL)"
_UNSETTLED_OF = f"""
SELECT {_COLUMNS} FROM payment_attempts
WHERE processor = $1 AND connection_id IS NULL AND session_id = ANY ($2) AND {_UNSETTLED}
"""  # noqa: S608
# A page that ended long ago is the sweeper's and the daily check's. If nobody can close one, the whole list must not be
# read back to it each time.
_OLDEST_OPEN = """
SELECT min(created_at) FROM payment_attempts
WHERE processor = $1 AND connection_id IS NULL AND state = 'open' AND created_at <= app_now() - $2::interval
  AND expires_at > app_now() - interval '1 day'
"""
_ALL_UNSETTLED = f"""
SELECT {_COLUMNS}, created_at FROM payment_attempts
WHERE {_UNSETTLED} AND ($1::timestamptz IS NULL OR (created_at, attempt_id) > ($1, $2::uuid))
ORDER BY created_at, attempt_id LIMIT $3
"""  # noqa: S608

_WITHOUT_ATTEMPT = """
SELECT order_id FROM orders AS o
WHERE state IN ('placed', 'awaiting_payment') AND processor = $1 AND placed_at <= $2
  AND NOT EXISTS (SELECT FROM payment_attempts AS a WHERE a.order_id = o.order_id)
"""

# Nothing turns a paid attempt back.
_SETTLE = """
UPDATE payment_attempts SET state = $2, due_at = NULL, last_error = $3
WHERE attempt_id = $1 AND (state <> 'paid' OR $2 = 'paid')
"""


async def insert(tx: Transaction, attempt: Attempt, *, due_at: datetime, created_at: datetime) -> None:
    """Stores a new attempt; `due_at` is when a sweeper looks at it."""
    await tx.execute(
        _INSERT,
        attempt.attempt_id,
        attempt.order_id,
        attempt.processor,
        attempt.idempotency_key,
        attempt.parameters,
        attempt.amount,
        attempt.currency,
        attempt.expires_at,
        attempt.traceparent,
        due_at,
        created_at,
        attempt.connection_id,
        attempt.place,
    )


async def opened(tx: Transaction, attempt_id: UUID, session: Session, *, due_at: datetime) -> Attempt | None:
    """Writes the session down; None when somebody else has, or the attempt is over."""
    row = await tx.fetchrow(_OPENED, attempt_id, session.session_id, session.url, due_at)
    return _attempt(row) if row else None


async def claim_due(reader: Reader, *, limit: int, lease: timedelta) -> list[Attempt]:
    """Takes attempts that are due, for one lease."""
    return [_attempt(row) for row in await reader.fetch(_CLAIM, limit, lease)]


async def cancel_asked(tx: Transaction, order_id: UUID, *, cause: str, after: timedelta) -> None:
    """The order is cancelled when its open page ends; the sweeper ends it unless somebody has by then."""
    await tx.execute(
        "UPDATE payment_attempts SET cancel_cause = $2, due_at = app_now() + $3 WHERE order_id = $1 AND state = 'open'",
        order_id,
        cause,
        after,
    )


async def due_now(tx: Transaction, attempt_id: UUID) -> None:
    """Lets the sweeper look at once."""
    await tx.execute(
        "UPDATE payment_attempts SET due_at = app_now() WHERE attempt_id = $1 AND state = 'creating'", attempt_id
    )


async def due_again(tx: Transaction, attempt_id: UUID, *, after: timedelta, error: str) -> None:
    """Lets the sweeper look again after a while, and keeps what stood in the way."""
    await tx.execute(
        "UPDATE payment_attempts SET due_at = app_now() + $2, last_error = $3"
        " WHERE attempt_id = $1 AND due_at IS NOT NULL",
        attempt_id,
        after,
        error,
    )


async def look_again(tx: Transaction, attempt_id: UUID, *, after: timedelta) -> None:
    """Lets the sweeper look again after a while: nothing is wrong, and its page is as it was."""
    await tx.execute(
        "UPDATE payment_attempts SET due_at = app_now() + $2 WHERE attempt_id = $1 AND due_at IS NOT NULL",
        attempt_id,
        after,
    )


async def state_of(tx: Transaction, attempt_id: UUID) -> AttemptState:
    """Where one stands now."""
    return AttemptState(await tx.fetchval("SELECT state FROM payment_attempts WHERE attempt_id = $1", attempt_id))


async def abandon(tx: Transaction, attempt_id: UUID, *, reason: str) -> bool:
    """Ends an attempt that has no session; False when it has one, or is over already."""
    return bool(await tx.fetchval(_ABANDON, attempt_id, reason))


async def settle(tx: Transaction, attempt_id: UUID, state: AttemptState, *, error: str | None = None) -> None:
    """Ends an attempt, whatever it was waiting for; a paid one stays paid."""
    await tx.execute(_SETTLE, attempt_id, state.value, error)


async def of_order(reader: Reader, order_id: UUID) -> list[Attempt]:
    """The attempts of an order, oldest first."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM payment_attempts WHERE order_id = $1 ORDER BY created_at",  # noqa: S608
        order_id,
    )
    return [_attempt(row) for row in rows]


async def without_attempt(reader: Reader, processor: str, *, placed_before: datetime) -> list[UUID]:
    """Unpaid orders that no try is known of: only a restored database has any."""
    rows = await reader.fetch(_WITHOUT_ATTEMPT, processor, placed_before)
    return [row["order_id"] for row in rows]


async def of_session(reader: Reader, session: Session) -> Attempt | None:
    """The attempt that a session belongs to; an adopted one has none."""
    row = await reader.fetchrow(
        f"SELECT {_COLUMNS} FROM payment_attempts WHERE processor = $1 AND session_id = $2",  # noqa: S608
        session.processor,
        session.session_id,
    )
    return _attempt(row) if row else None


async def of_sessions(reader: Reader, processor: str, session_ids: Sequence[str]) -> list[Attempt]:
    """The attempts that sessions belong to; adopted ones have none."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM payment_attempts WHERE processor = $1 AND session_id = ANY ($2)",  # noqa: S608
        processor,
        session_ids,
    )
    return [_attempt(row) for row in rows]


async def oldest_open(reader: Reader, processor: str, *, open_for: timedelta) -> datetime | None:
    """When the oldest of the attempts began that have been open for so long at least."""
    found: datetime | None = await reader.fetchval(_OLDEST_OPEN, processor, open_for)
    return found


async def unsettled_of(reader: Reader, processor: str, session_ids: Sequence[str]) -> list[Attempt]:
    """The attempts of sessions about which the processor may know more than we do."""
    return [_attempt(row) for row in await reader.fetch(_UNSETTLED_OF, processor, session_ids)]


async def unsettled(
    reader: Reader, *, after: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[datetime, Attempt]]:
    """Such attempts with the moment at which each began, the oldest first; `after` is the place of the last one."""
    rows = await reader.fetch(_ALL_UNSETTLED, *(after or (None, None)), limit)
    return [(row["created_at"], _attempt(row)) for row in rows]


def _attempt(row: Row) -> Attempt:
    return Attempt(state=AttemptState(row["state"]), **{name: row[name] for name in _PLAIN})
