"""All SQL of receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from chassis.database import Database, Reader, Transaction
from notifier.receipts.domain import RawReceipt


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReceipt:
    """A stored receipt that has not settled anything yet.

    id: in the order in which they came
    provider: the vendor
    delivery_id: the delivery, where the callback named it
    provider_id: what the vendor calls the message
    status: how far it is, in the vendor's word
    error_code: the vendor's own, for one that failed
    attempts: how often a delivery was looked for
    """

    id: int
    provider: str
    delivery_id: UUID | None
    provider_id: str | None
    status: str
    error_code: str | None
    attempts: int


async def keep(database: Database, receipts: Sequence[RawReceipt]) -> None:
    """Stores them raw in one statement; one that is there already changes nothing."""
    await database.execute(
        """
        INSERT INTO receipts
            (provider, dedup, delivery_id, provider_id, status, error_code, payload, received_at, next_attempt_at)
        SELECT provider, dedup, delivery_id, provider_id, status, error_code, payload, app_now(), app_now()
        FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[])
            AS said (provider, dedup, delivery_id, provider_id, status, error_code, payload)
        ON CONFLICT (provider, dedup) DO NOTHING
        """,
        [each.provider for each in receipts],
        [each.dedup for each in receipts],
        [each.delivery_id for each in receipts],
        [each.provider_id for each in receipts],
        [each.status for each in receipts],
        [each.error_code for each in receipts],
        [each.payload for each in receipts],
    )


async def any_due(reader: Reader) -> bool:
    """Whether anything waits."""
    sql = "SELECT EXISTS (SELECT FROM receipts WHERE state = 'pending' AND next_attempt_at <= app_now())"
    return bool(await reader.fetchval(sql))


async def due(tx: Transaction, *, limit: int) -> list[StoredReceipt]:
    """Locks what waits, in the order in which it came."""
    rows = await tx.fetch(
        """
        SELECT id, provider, delivery_id, provider_id, status, error_code, attempts FROM receipts
        WHERE state = 'pending' AND next_attempt_at <= app_now()
        ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED
        """,
        limit,
    )
    return [StoredReceipt(**row) for row in rows]


async def end(tx: Transaction, ids: Sequence[int], *, state: str) -> None:
    await tx.execute("UPDATE receipts SET state = $2 WHERE id = ANY($1)", list(ids), state)


async def later(tx: Transaction, ids: Sequence[int], *, wait: timedelta) -> None:
    await tx.execute(
        "UPDATE receipts SET attempts = attempts + 1, next_attempt_at = app_now() + $2::interval WHERE id = ANY($1)",
        list(ids),
        wait,
    )
