"""SQL on comparisons with processors, and on what they are compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from checkout.connections.domain import Connection
from checkout.transactions.comparison import (
    ComparedState,
    ComparisonPart,
    Discrepancy,
    DiscrepancyKind,
    PaymentComparison,
)
from checkout.transactions.domain import ExternalTransaction
from checkout.transactions.store import TRANSACTION, transaction_of
from events import ConnectionStatus

_RUN: Final = "run_id, since, until, provider_id, dry_run, started_by, started_at"
_PART: Final = "run_id, connection_id, state, theirs, ours, tries, trouble"
_CLAIM: Final = f"""
UPDATE transaction_comparison_parts SET due_at = $1::timestamptz + $2
WHERE (run_id, connection_id) IN (
    SELECT run_id, connection_id FROM transaction_comparison_parts WHERE due_at <= $1
    ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
)
RETURNING {_PART}
"""  # noqa: S608


async def add(tx: Transaction, run: PaymentComparison) -> int:
    """Keeps a new one, and plans all connections that it is about; how many."""
    await tx.execute(
        f"INSERT INTO transaction_comparisons ({_RUN}) VALUES ($1, $2, $3, $4, $5, $6, $7)",  # noqa: S608
        run.run_id,
        run.since,
        run.until,
        run.provider_id,
        run.dry_run,
        run.started_by,
        run.started_at,
    )
    status = await tx.execute(
        """
        INSERT INTO transaction_comparison_parts (run_id, connection_id, state, due_at)
        SELECT $1, connection_id, $2, $3 FROM processor_connections
        WHERE status <> $4 AND ($5::bigint IS NULL OR provider_id = $5)
        """,
        run.run_id,
        ComparedState.DUE.value,
        run.started_at,
        ConnectionStatus.REVOKED.value,
        run.provider_id,
    )
    return int(status.split()[2])


async def get(reader: Reader, run_id: UUID) -> PaymentComparison | None:
    row = await reader.fetchrow(f"SELECT {_RUN} FROM transaction_comparisons WHERE run_id = $1", run_id)  # noqa: S608
    return PaymentComparison(**row) if row else None


async def parts(reader: Reader, run_id: UUID) -> list[ComparisonPart]:
    rows = await reader.fetch(
        f"SELECT {_PART} FROM transaction_comparison_parts WHERE run_id = $1 ORDER BY connection_id",  # noqa: S608
        run_id,
    )
    return [_part_of(row) for row in rows]


async def under_way(reader: Reader, started_by: str) -> bool:
    """Whether one that was started by this one is not done."""
    found = await reader.fetchval(
        """
        SELECT EXISTS (
            SELECT FROM transaction_comparisons JOIN transaction_comparison_parts USING (run_id)
            WHERE started_by = $1 AND state = $2
        )
        """,
        started_by,
        ComparedState.DUE.value,
    )
    return bool(found)


async def claim(tx: Transaction, *, now: datetime, lease: timedelta, limit: int) -> list[ComparisonPart]:
    """Parts that are due, for this process."""
    return [_part_of(row) for row in await tx.fetch(_CLAIM, now, lease, limit)]


async def begin(tx: Transaction, part: ComparisonPart) -> None:
    """It is compared from the beginning: what a process that died had found of it is found again."""
    await tx.execute(
        "DELETE FROM transaction_discrepancies WHERE run_id = $1 AND connection_id = $2 AND NOT mended",
        part.run_id,
        part.connection_id,
    )


async def keep(tx: Transaction, part: ComparisonPart, *, now: datetime, due_at: datetime | None) -> None:
    """How far it is; `due_at` None: it is done."""
    await tx.execute(
        """
        UPDATE transaction_comparison_parts SET state = $3, theirs = $4, ours = $5, tries = $6, trouble = $7,
            due_at = $8, finished_at = CASE WHEN $8::timestamptz IS NULL THEN $9::timestamptz END
        WHERE run_id = $1 AND connection_id = $2
        """,
        part.run_id,
        part.connection_id,
        part.state.value,
        part.theirs,
        part.ours,
        part.tries,
        part.trouble,
        due_at,
        now,
    )


async def add_found(tx: Transaction, part: ComparisonPart, found: Sequence[Discrepancy], *, now: datetime) -> set[str]:
    """Keeps what was found; the payments of which nobody was told before that they wait for a person."""
    if not found:
        return set()
    rows = await tx.fetch(
        """
        INSERT INTO transaction_discrepancies (run_id, connection_id, payment_id, kind, transaction_id, fields, mended,
            found_at)
        SELECT $1, $2, f.payment_id, f.kind, f.transaction_id, string_to_array(f.fields, ','), f.mended, $3
        FROM unnest($4::text[], $5::text[], $6::bigint[], $7::text[], $8::boolean[])
            AS f (payment_id, kind, transaction_id, fields, mended)
        ON CONFLICT DO NOTHING
        RETURNING payment_id, NOT mended AND EXISTS (
            SELECT FROM transaction_discrepancies AS o JOIN transaction_comparisons AS r USING (run_id)
            WHERE NOT r.dry_run AND o.connection_id = $2 AND o.payment_id = transaction_discrepancies.payment_id
                AND o.kind = transaction_discrepancies.kind AND NOT o.mended AND o.run_id <> $1
        ) AS known
        """,
        part.run_id,
        part.connection_id,
        now,
        [each.payment_id for each in found],
        [each.kind.value for each in found],
        [each.transaction_id for each in found],
        [",".join(each.fields) for each in found],
        [each.mended for each in found],
    )
    return {row["payment_id"] for row in rows if not row["known"]}


async def found(reader: Reader, run_id: UUID, *, limit: int) -> list[tuple[int, Discrepancy]]:
    """What a comparison has found, each with its connection."""
    rows = await reader.fetch(
        """
        SELECT connection_id, payment_id, kind, transaction_id, fields, mended FROM transaction_discrepancies
        WHERE run_id = $1 ORDER BY connection_id, payment_id, kind LIMIT $2
        """,
        run_id,
        limit,
    )
    return [(row["connection_id"], _discrepancy_of(row)) for row in rows]


async def changed(
    reader: Reader, connection: Connection, *, since: datetime, until: datetime, after: int, limit: int
) -> list[ExternalTransaction]:
    """The account's money that moved meanwhile, by number, those behind `after`."""
    rows = await reader.fetch(
        f"""
        SELECT {TRANSACTION} FROM all_external_transactions
        WHERE provider_id = $1 AND processor = $2 AND transaction_id > $3 AND changed_at BETWEEN $4 AND $5
            AND completed_at IS NOT NULL
        ORDER BY transaction_id LIMIT $6
        """,  # noqa: S608
        connection.provider_id,
        connection.processor,
        after,
        since,
        until,
        limit,
    )
    return [transaction_of(row) for row in rows]


async def ledger(reader: Reader, transaction_ids: Sequence[int]) -> Mapping[int, int]:
    """What the entries come to, by transaction, without what banks took by the disputes that are known; minor units."""
    rows = await reader.fetch(
        """
        SELECT transaction_id, (sum(amount) + coalesce((
            SELECT sum(taken - returned) FROM external_disputes AS d WHERE d.transaction_id = e.transaction_id
        ), 0))::bigint AS amount
        FROM transaction_entries AS e WHERE transaction_id = ANY($1) GROUP BY transaction_id
        """,
        list(transaction_ids),
    )
    return {row["transaction_id"]: row["amount"] for row in rows}


async def forget(tx: Transaction, *, before: datetime) -> None:
    """Those that were begun before then."""
    await tx.execute("DELETE FROM transaction_comparisons WHERE started_at < $1", before)


def _part_of(row: Row) -> ComparisonPart:
    return ComparisonPart(**{**row, "state": ComparedState(row["state"])})


def _discrepancy_of(row: Row) -> Discrepancy:
    return Discrepancy(
        payment_id=row["payment_id"],
        kind=DiscrepancyKind(row["kind"]),
        transaction_id=row["transaction_id"],
        fields=tuple(row["fields"]),
        mended=row["mended"],
    )
