"""SQL on how far connections' payments have been read; one process at a time reads each."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from chassis.database import Reader, Row, Transaction
from checkout.connections.domain import Connection
from checkout.transactions.domain import CLOCKS_DIFFER
from checkout.transactions.sync import TransactionSync
from events import ConnectionStatus

_SYNC: Final = """connection_id, since, until, after, seen, missing, outdated, started_at, finished_at, failures,
    last_error, due_at, claimed_until"""
_CONNECTED: Final = ConnectionStatus.CONNECTED.value

_CLAIM: Final = f"""
UPDATE transaction_syncs SET claimed_until = $2
WHERE connection_id IN (
    SELECT s.connection_id FROM transaction_syncs s JOIN processor_connections c USING (connection_id)
    WHERE s.due_at <= $1 AND (s.claimed_until IS NULL OR s.claimed_until <= $1) AND c.status = $3
    ORDER BY s.due_at LIMIT $4 FOR UPDATE OF s SKIP LOCKED
)
RETURNING {_SYNC}
"""  # noqa: S608

_KEEP: Final = """
UPDATE transaction_syncs SET since = $3, until = $4, after = $5, seen = $6, missing = $7, outdated = $8,
    started_at = $9, finished_at = $10, failures = $11, last_error = $12, due_at = $13, claimed_until = $14
WHERE connection_id = $1 AND claimed_until = $2
RETURNING true
"""


async def cover(tx: Transaction, *, now: datetime) -> None:
    """Each connected account is read from when it was connected on."""
    await tx.execute(
        """
        INSERT INTO transaction_syncs (connection_id, since, due_at)
        SELECT connection_id, created_at - $3::interval, $2 FROM processor_connections c
        WHERE status = $1 AND NOT EXISTS (SELECT FROM transaction_syncs s WHERE s.connection_id = c.connection_id)
        ON CONFLICT DO NOTHING
        """,
        _CONNECTED,
        now,
        CLOCKS_DIFFER,
    )


async def claim(tx: Transaction, *, now: datetime, lease: timedelta, limit: int) -> list[TransactionSync]:
    """Connected accounts that are due and that nobody reads."""
    rows = await tx.fetch(_CLAIM, now, now + lease, _CONNECTED, limit)
    return [_sync_of(row) for row in rows]


async def keep(tx: Transaction, claimed: TransactionSync, after: TransactionSync) -> bool:
    """Writes down how far one is that was claimed; False when another process has it by now."""
    kept = await tx.fetchval(
        _KEEP,
        after.connection_id,
        claimed.claimed_until,
        after.since,
        after.until,
        after.after,
        after.seen,
        after.missing,
        after.outdated,
        after.started_at,
        after.finished_at,
        after.failures,
        after.last_error,
        after.due_at,
        after.claimed_until,
    )
    return bool(kept)


async def bring_forward(tx: Transaction, connection_id: int, *, now: datetime) -> None:
    """It is read now."""
    await tx.execute(
        "UPDATE transaction_syncs SET due_at = least(due_at, $2) WHERE connection_id = $1", connection_id, now
    )


async def read_again(tx: Transaction, *, since: datetime, now: datetime) -> None:
    """All that nobody reads are read now, from then on."""
    await tx.execute(
        """
        UPDATE transaction_syncs SET since = least(since, $1), due_at = least(due_at, $2)
        WHERE until IS NULL AND (claimed_until IS NULL OR claimed_until <= $2)
        """,
        since,
        now,
    )


async def get(reader: Reader, connection_id: int) -> TransactionSync | None:
    row = await reader.fetchrow(f"SELECT {_SYNC} FROM transaction_syncs WHERE connection_id = $1", connection_id)  # noqa: S608
    return _sync_of(row) if row else None


async def given_back(
    reader: Reader, connection: Connection, *, since: datetime, after: int, most: int
) -> list[tuple[int, str]]:
    """Payments of which something went back since then, by number after that one; with the processor's ids."""
    rows = await reader.fetch(
        """
        SELECT t.transaction_id, t.payment_id FROM all_external_transactions AS t
        WHERE t.transaction_id IN (
            SELECT transaction_id FROM transaction_entries
            WHERE provider_id = $1 AND processor = $2 AND kind = 'refund' AND amount < 0 AND at >= $3
                AND transaction_id > $4
        )
        ORDER BY t.transaction_id LIMIT $5
        """,
        connection.provider_id,
        connection.processor,
        since,
        after,
        most,
    )
    return [(row["transaction_id"], row["payment_id"]) for row in rows]


def _sync_of(row: Row) -> TransactionSync:
    return TransactionSync(**row)
