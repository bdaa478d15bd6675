"""SQL of what is read of collections: lists, sums of all of them, and what one is compared with."""

from __future__ import annotations

from datetime import datetime

from chassis.database import Reader
from checkout.commission.domain import Collection, CollectionState, CorrectionCause, StateSums
from checkout.commission.store import COLLECTION, SUMS, collection_of, sums_of
from checkout.commission.sums import RateSums


async def find(
    reader: Reader, *, provider: int | None, state: CollectionState | None, before: int | None, limit: int
) -> list[Collection]:
    """The newest first, those before `before`; of one provider, or of all."""
    rows = await reader.fetch(
        f"""
        SELECT {COLLECTION} FROM commission_collections
        WHERE ($1::int IS NULL OR provider_id = $1) AND ($2::text IS NULL OR state = $2)
            AND ($3::bigint IS NULL OR collection_id < $3)
        ORDER BY collection_id DESC LIMIT $4
        """,  # noqa: S608
        provider,
        state.value if state else None,
        before,
        limit,
    )
    return [collection_of(row) for row in rows]


async def transaction_ids(reader: Reader, collection_id: int) -> list[int]:
    """The external transactions whose entries it has."""
    rows = await reader.fetch(
        "SELECT DISTINCT transaction_id FROM collection_entries WHERE collection_id = $1 ORDER BY transaction_id",
        collection_id,
    )
    return [row["transaction_id"] for row in rows]


async def missing(reader: Reader, collection_id: int) -> list[int]:
    """Those of them that there are not."""
    rows = await reader.fetch(
        """
        SELECT DISTINCT c.transaction_id FROM collection_entries AS c
        LEFT JOIN all_external_transactions AS t USING (transaction_id)
        WHERE c.collection_id = $1 AND t.transaction_id IS NULL ORDER BY c.transaction_id
        """,
        collection_id,
    )
    return [row["transaction_id"] for row in rows]


async def corrected(reader: Reader, collection_id: int) -> int:
    """What later collections take because this one was summed up again."""
    found: int = await reader.fetchval(
        """
        SELECT coalesce(sum(amount), 0)::bigint FROM commission_corrections WHERE collection_id = $1 AND cause = $2
        """,
        collection_id,
        CorrectionCause.RECALCULATED.value,
    )
    return found


async def by_state(reader: Reader, *, provider: int | None) -> list[StateSums]:
    """How many there are in each currency and state, and what they come to."""
    rows = await reader.fetch(
        """
        SELECT currency, state, count(*) AS collections, sum(amount)::bigint AS amount,
            coalesce(sum(collected - returned), 0)::bigint AS collected
        FROM commission_collections WHERE $1::int IS NULL OR provider_id = $1
        GROUP BY currency, state ORDER BY currency, state
        """,
        provider,
    )
    return [StateSums(**{**row, "state": CollectionState(row["state"])}) for row in rows]


async def by_rate(reader: Reader, *, since: datetime, until: datetime, provider: int | None) -> list[RateSums]:
    """What the ledger has of a period in each currency, by the rate."""
    rows = await reader.fetch(
        f"""
        SELECT e.currency, e.commission_ppm, {SUMS} FROM transaction_entries AS e
        WHERE e.at >= $1 AND e.at < $2 AND ($3::int IS NULL OR e.provider_id = $3)
        GROUP BY e.currency, e.commission_ppm ORDER BY e.currency, e.commission_ppm
        """,  # noqa: S608
        since,
        until,
        provider,
    )
    return [RateSums(currency=row["currency"], commission_ppm=row["commission_ppm"], sums=sums_of(row)) for row in rows]
