"""SQL of what is read of external transactions, wherever they are kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chassis.database import Reader
from checkout.processors.domain import PaymentStatus
from checkout.transactions.domain import ExternalTransaction
from checkout.transactions.store import TRANSACTION, transaction_of


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedTransaction:
    """A transaction, and whether it is in the archive."""

    transaction: ExternalTransaction
    archived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionFilter:
    """Which are asked for; None: all of them."""

    provider: int | None = None
    connection: int | None = None
    state: PaymentStatus | None = None
    since: datetime | None = None


async def find(reader: Reader, wanted: TransactionFilter, *, before: int | None, limit: int) -> list[ListedTransaction]:
    """The newest first, those before `before`."""
    rows = await reader.fetch(
        f"""
        SELECT {TRANSACTION}, archived FROM all_external_transactions
        WHERE ($1::bigint IS NULL OR provider_id = $1) AND ($2::bigint IS NULL OR connection_id = $2)
            AND ($3::text IS NULL OR state = $3) AND ($4::timestamptz IS NULL OR created_at >= $4)
            AND ($5::bigint IS NULL OR transaction_id < $5)
        ORDER BY transaction_id DESC LIMIT $6
        """,  # noqa: S608
        wanted.provider,
        wanted.connection,
        wanted.state.value if wanted.state else None,
        wanted.since,
        before,
        limit,
    )
    return [_listed({**row}) for row in rows]


def _listed(row: dict[str, object]) -> ListedTransaction:
    archived = bool(row.pop("archived"))
    return ListedTransaction(transaction=transaction_of(row), archived=archived)
