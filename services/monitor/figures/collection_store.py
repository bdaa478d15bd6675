"""SQL of where collections of commission stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, fields
from datetime import datetime

from chassis.database import Reader, Transaction
from monitor.figures.collections import BLOCKED, OVERDUE, CollectionStanding

_COLUMNS = ", ".join(field.name for field in fields(CollectionStanding))


async def keep_newest(tx: Transaction, collections: Sequence[CollectionStanding]) -> None:
    """Takes each one's state unless a newer one is here already (E-6); a restored checkout counts on from before."""
    rows = [astuple(each) for each in sorted(collections, key=lambda each: each.collection_id)]
    if not rows:
        return
    await tx.execute(
        """
        INSERT INTO collections AS kept (
            collection_id, version, provider_id, state, since, payable_until, cause, amount, currency
        )
        SELECT * FROM unnest(
            $1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[],
            $8::bigint[], $9::text[]
        )
        ON CONFLICT (collection_id) DO UPDATE SET
            version = excluded.version, provider_id = excluded.provider_id, state = excluded.state,
            since = excluded.since, payable_until = excluded.payable_until, cause = excluded.cause,
            amount = excluded.amount, currency = excluded.currency
        WHERE kept.version < excluded.version OR kept.since < excluded.since
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def collections(reader: Reader) -> list[CollectionStanding]:
    """Every one that was ever told of and is under way, or whose invoice is overdue."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM collections WHERE state = 'processing' OR cause = $1",  # noqa: S608
        OVERDUE,
    )
    return [CollectionStanding(**row) for row in rows]


async def blocked(reader: Reader, *, before: datetime) -> list[tuple[str, int, int]]:
    """Of each currency how much waits that could not be collected then, in minor units, and of how many providers."""
    rows = await reader.fetch(
        """
        SELECT currency, coalesce(sum(amount) FILTER (WHERE state = $2 AND since <= $1), 0)::bigint AS amount,
            count(DISTINCT provider_id) FILTER (WHERE state = $2 AND since <= $1) AS providers
        FROM collections WHERE currency IS NOT NULL GROUP BY currency ORDER BY currency
        """,
        before,
        BLOCKED,
    )
    return [(row["currency"], row["amount"], row["providers"]) for row in rows]
