"""SQL on disputes of external transactions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.database import Reader, Row, Transaction
from checkout.connections.domain import Connection
from checkout.processors.domain import DisputeStatus
from checkout.transactions.disputes import KnownDispute


@dataclass(frozen=True, slots=True)
class KeptDispute:
    """A dispute, with the number of its transaction and the processor's id of the payment."""

    transaction_id: int
    payment_id: str
    dispute: KnownDispute


_DISPUTE = "dispute_id, status, code, amount, taken, returned, opened_at, changed_at"
_KEPT = """
SELECT t.transaction_id, t.payment_id, d.dispute_id, d.status, d.code, d.amount, d.taken, d.returned, d.opened_at,
    d.changed_at
FROM external_disputes AS d JOIN all_external_transactions AS t USING (transaction_id)
"""
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


async def of_transactions(reader: Reader, transaction_ids: Sequence[int]) -> list[KeptDispute]:
    rows = await reader.fetch(f"{_KEPT} WHERE d.transaction_id = ANY ($1)", list(transaction_ids))
    return [_kept(row) for row in rows]


async def changed(reader: Reader, connection: Connection, *, since: datetime, until: datetime) -> list[KeptDispute]:
    """An account's disputes that changed meanwhile, or are open."""
    rows = await reader.fetch(
        f"""
        {_KEPT} WHERE t.provider_id = $1 AND t.processor = $2
            AND (d.status = 'open' OR d.changed_at BETWEEN $3 AND $4)
        ORDER BY d.opened_at, d.dispute_id
        """,
        connection.provider_id,
        connection.processor,
        since,
        until,
    )
    return [_kept(row) for row in rows]


def _kept(row: Row) -> KeptDispute:
    found = {**row}
    transaction_id, payment_id = found.pop("transaction_id"), found.pop("payment_id")
    dispute = KnownDispute(**{**found, "status": DisputeStatus(found["status"])})
    return KeptDispute(transaction_id, payment_id, dispute)


def _dispute(row: Row) -> KnownDispute:
    return KnownDispute(**{**row, "status": DisputeStatus(row["status"])})
