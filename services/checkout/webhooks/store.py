"""All SQL on the raw store of webhook events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Database, Reader, Row, Transaction
from checkout.webhooks.domain import RawEvent, State, StoredEvent

# Several that wait are one statement; an event id, or the other form of one event, is taken once.
_INSERT = """
INSERT INTO webhook_events (event_id, occasion, type, thin, live_mode, payload, created_at, received_at, due_at)
SELECT *, $8, app_now()
FROM unnest($1::text[], $2::text[], $3::text[], $4::boolean[], $5::boolean[], $6::bytea[], $7::timestamptz[])
ON CONFLICT DO NOTHING
"""

# Takes what is due for one lease; a worker that dies leaves it to the next.
_CLAIM = """
UPDATE webhook_events SET state = 'processing', due_at = app_now() + $2
WHERE event_id IN (
    SELECT event_id FROM webhook_events WHERE due_at <= app_now()
    ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
RETURNING event_id, type, thin, live_mode, payload, attempts, created_at, received_at
"""

# A worker that was slower than its lease finds the event settled by another one, and leaves it as it is.
_SETTLE = """
UPDATE webhook_events
SET state = $2, last_error = $3, order_id = coalesce($4, order_id), attempts = attempts + $5, due_at = $6,
    processed_at = CASE WHEN $6::timestamptz IS NULL THEN app_now() END
WHERE event_id = $1 AND state = 'processing'
RETURNING true
"""

_DONE = """
UPDATE webhook_events AS e
SET state = 'done', last_error = NULL, order_id = coalesce(d.order_id, e.order_id), due_at = NULL,
    processed_at = app_now()
FROM unnest($1::text[], $2::uuid[]) AS d (event_id, order_id)
WHERE e.event_id = d.event_id
"""

_LIST = """
SELECT event_id, type, live_mode, received_at, state, attempts, last_error, order_id, processed_at
FROM webhook_events
WHERE ($1::text IS NULL OR type = $1)
  AND ($2::timestamptz IS NULL OR received_at >= $2)
  AND ($3::text IS NULL OR state = $3)
  AND ($4::uuid IS NULL OR order_id = $4)
  AND ($5::timestamptz IS NULL OR (received_at, event_id) < ($5, $6))
ORDER BY received_at DESC, event_id DESC
LIMIT $7
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A row of the list: what became of an event, without its payload."""

    event_id: str
    type: str
    live_mode: bool
    received_at: datetime
    state: str
    attempts: int
    last_error: str | None
    order_id: UUID | None
    processed_at: datetime | None


async def add(database: Database, events: Sequence[RawEvent], *, received_at: datetime) -> None:
    columns = zip(
        *((e.event_id, e.occasion, e.type, e.thin, e.live_mode, e.payload, e.created_at) for e in events), strict=True
    )
    await database.execute(_INSERT, *map(list, columns), received_at)


async def claim(reader: Reader, *, limit: int, lease: timedelta) -> list[StoredEvent]:
    """One statement, which commits by itself where there is no transaction."""
    rows = await reader.fetch(_CLAIM, limit, lease)
    return sorted((StoredEvent(**row) for row in rows), key=lambda event: (event.created_at, event.received_at))


async def lock(tx: Transaction, event_id: str) -> bool:
    """Before the event is handled: False when another worker has settled it, after the lease had ended."""
    state = await tx.fetchval("SELECT state FROM webhook_events WHERE event_id = $1 FOR UPDATE", event_id)
    return bool(state == State.PROCESSING)


async def lock_all(tx: Transaction, event_ids: Sequence[str]) -> bool:
    """As `lock`, for all or none."""
    rows = await tx.fetch(
        "SELECT state FROM webhook_events WHERE event_id = ANY ($1) ORDER BY event_id FOR UPDATE", list(event_ids)
    )
    return all(row["state"] == State.PROCESSING for row in rows)


async def settle_done(tx: Transaction, orders: Sequence[tuple[str, UUID | None]]) -> None:
    """Events that were handled, each with the order that it was about. They are locked by this transaction."""
    await tx.execute(_DONE, [event_id for event_id, _ in orders], [order_id for _, order_id in orders])


async def settle(
    tx: Transaction,
    event_id: str,
    state: State,
    *,
    order_id: UUID | None = None,
    error: str | None = None,
    failures: int = 0,
    due_at: datetime | None = None,
) -> bool:
    """`due_at` None: nothing more will be done about it. False when another worker has settled it meanwhile."""
    return bool(await tx.fetchval(_SETTLE, event_id, state.value, error, order_id, failures, due_at))


async def find(
    reader: Reader,
    *,
    kind: str | None,
    since: datetime | None,
    state: str | None,
    order_id: UUID | None,
    before: tuple[datetime, str] | None,
    limit: int,
) -> list[Listed]:
    received_at, event_id = before or (None, None)
    rows = await reader.fetch(_LIST, kind, since, state, order_id, received_at, event_id, limit)
    return [_listed(row) for row in rows]


async def payload(reader: Reader, event_id: str) -> bytes | None:
    found: bytes | None = await reader.fetchval("SELECT payload FROM webhook_events WHERE event_id = $1", event_id)
    return found


def _listed(row: Row) -> Listed:
    return Listed(**row)
