"""SQL of what went back of collections: by which payments it is found, what is known of it, and who asks."""

from __future__ import annotations

from collections.abc import Collection as Some
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.database import Reader, Transaction
from checkout.commission.backs import BackKind, BackStatus, BackSums, CollectionBack
from checkout.commission.domain import CorrectionCause

_CLAIM: Final = """
UPDATE commission_collections SET look_at = app_now() + $2, looks = looks + 1
WHERE collection_id IN (
    SELECT collection_id FROM commission_collections WHERE look_at <= app_now()
    ORDER BY look_at LIMIT $1 FOR UPDATE SKIP LOCKED
)
RETURNING collection_id, charge_id, invoice_id, look_at AS until, looks
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueBack:
    """A collection of which this process asks what went back.

    charge_id, invoice_id: what brought the money
    until: as long as nobody else does
    looks: how often it was tried
    """

    collection_id: int
    charge_id: str | None
    invoice_id: str | None
    until: datetime
    looks: int


async def make_due(tx: Transaction, collection_id: int) -> None:
    """Somebody asks now, also where somebody has just asked."""
    await tx.execute(
        "UPDATE commission_collections SET look_at = app_now(), looks = 0 WHERE collection_id = $1", collection_id
    )


async def make_payment_due(tx: Transaction, payment_id: str) -> bool:
    """The same of the collection that a payment paid; whether there is one."""
    found = await tx.fetchval("SELECT collection_id FROM commission_payments WHERE payment_id = $1", payment_id)
    if found is not None:
        await make_due(tx, found)
    return found is not None


async def make_invoice_due(tx: Transaction, invoice_id: str) -> bool:
    """The same of the collection that an invoice is for."""
    found = await tx.fetchval(
        """
        UPDATE commission_collections SET look_at = CASE WHEN state = 'completed' THEN app_now() ELSE look_at END
        WHERE invoice_id = $1 RETURNING collection_id
        """,
        invoice_id,
    )
    return found is not None


async def claim_due(tx: Transaction, *, limit: int, lease: timedelta) -> list[DueBack]:
    """Collections of which somebody has to ask, for one lease each."""
    return [DueBack(**row) for row in await tx.fetch(_CLAIM, limit, lease)]


async def looked(tx: Transaction, due: DueBack, *, again_in: timedelta | None = None) -> None:
    """That is done, or to be done again later; not where news have come meanwhile."""
    await tx.execute(
        """
        UPDATE commission_collections
        SET look_at = app_now() + $3, looks = CASE WHEN $3::interval IS NULL THEN 0 ELSE looks END
        WHERE collection_id = $1 AND look_at = $2
        """,
        due.collection_id,
        due.until,
        again_in,
    )


async def keep_payments(tx: Transaction, collection_id: int, payment_ids: Some[str]) -> None:
    await tx.execute(
        """
        INSERT INTO commission_payments (payment_id, collection_id) SELECT unnest($2::text[]), $1
        ON CONFLICT (payment_id) DO NOTHING
        """,
        collection_id,
        list(payment_ids),
    )


async def of_collection(reader: Reader, collection_id: int) -> list[CollectionBack]:
    """The oldest first."""
    rows = await reader.fetch(
        """
        SELECT kind, source_id, status, amount, outside, at FROM commission_backs
        WHERE collection_id = $1 ORDER BY at, kind, source_id
        """,
        collection_id,
    )
    return [
        CollectionBack(**{**row, "kind": BackKind(row["kind"]), "status": BackStatus(row["status"])}) for row in rows
    ]


async def keep(tx: Transaction, collection_id: int, backs: Sequence[CollectionBack]) -> None:
    for each in backs:
        await tx.execute(
            """
            INSERT INTO commission_backs (collection_id, kind, source_id, status, amount, outside, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (collection_id, kind, source_id) DO UPDATE SET status = excluded.status,
                amount = excluded.amount, outside = excluded.outside
            """,
            collection_id,
            each.kind.value,
            each.source_id,
            each.status.value,
            each.amount,
            each.outside,
            each.at,
        )


async def sum_up(tx: Transaction, collection_id: int, sums: BackSums) -> None:
    await tx.execute(
        """
        UPDATE commission_collections SET returned = $2, forgiven = $3, disputed = $4, version = version + 1
        WHERE collection_id = $1
        """,
        collection_id,
        sums.returned,
        sums.forgiven,
        sums.disputed,
    )


async def corrected(reader: Reader, collection_id: int, cause: CorrectionCause) -> int:
    """What later collections take, or leave, because of that."""
    found: int = await reader.fetchval(
        """
        SELECT coalesce(sum(amount), 0)::bigint FROM commission_corrections WHERE collection_id = $1 AND cause = $2
        """,
        collection_id,
        cause.value,
    )
    return found
