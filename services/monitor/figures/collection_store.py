"""SQL of where collections of commission stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, fields

from chassis.database import Reader, Transaction
from monitor.figures.collections import OVERDUE, CollectionStanding

_COLUMNS = ", ".join(field.name for field in fields(CollectionStanding))


async def keep_newest(tx: Transaction, collections: Sequence[CollectionStanding]) -> None:
    """Takes each one's state unless a newer one is here already (E-6); a restored checkout counts on from before."""
    rows = [astuple(each) for each in sorted(collections, key=lambda each: each.collection_id)]
    if not rows:
        return
    await tx.execute(
        """
        INSERT INTO collections AS kept (collection_id, version, provider_id, state, since, payable_until, cause)
        SELECT * FROM unnest(
            $1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::text[]
        )
        ON CONFLICT (collection_id) DO UPDATE SET
            version = excluded.version, provider_id = excluded.provider_id, state = excluded.state,
            since = excluded.since, payable_until = excluded.payable_until, cause = excluded.cause
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
