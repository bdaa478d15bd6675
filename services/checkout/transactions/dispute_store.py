"""SQL on disputes of external transactions."""

from __future__ import annotations

from chassis.database import Reader, Row, Transaction
from checkout.connections.domain import Connection
from checkout.processors.domain import DisputeStatus
from checkout.transactions.disputes import KnownDispute

_DISPUTE = "dispute_id, status, code, amount, taken, returned, opened_at, changed_at"
_KEEP = f"""
INSERT INTO external_disputes (transaction_id, {_DISPUTE}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (transaction_id, dispute_id) DO UPDATE SET status = excluded.status, code = excluded.code,
    amount = excluded.amount, taken = excluded.taken, returned = excluded.returned, changed_at = excluded.changed_at
"""  # noqa: S608


async def get(reader: Reader, transaction_id: int, dispute_id: str) -> KnownDispute | None:
    row = await reader.fetchrow(
        f"SELECT {_DISPUTE} FROM external_disputes WHERE transaction_id = $1 AND dispute_id = $2",  # noqa: S608
        transaction_id,
        dispute_id,
    )
    return _dispute(row) if row else None


async def keep(tx: Transaction, transaction_id: int, dispute: KnownDispute) -> None:
    await tx.execute(
        _KEEP,
        transaction_id,
        dispute.dispute_id,
        dispute.status.value,
        dispute.code,
        dispute.amount,
        dispute.taken,
        dispute.returned,
        dispute.opened_at,
        dispute.changed_at,
    )


async def undecided(reader: Reader, connection: Connection, *, most: int) -> list[str]:
    """The ids of some of an account's disputes of which the bank has not decided, as far as is known."""
    rows = await reader.fetch(
        """
        SELECT d.dispute_id FROM external_disputes AS d JOIN all_external_transactions AS t USING (transaction_id)
        WHERE d.status = 'open' AND t.provider_id = $1 AND t.processor = $2 ORDER BY random() LIMIT $3
        """,
        connection.provider_id,
        connection.processor,
        most,
    )
    return [row["dispute_id"] for row in rows]


def _dispute(row: Row) -> KnownDispute:
    return KnownDispute(**{**row, "status": DisputeStatus(row["status"])})
