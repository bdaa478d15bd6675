"""SQL of how connections to processors stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields

from chassis.database import Reader, Transaction
from monitor.figures.connections import ConnectionState

_COLUMNS = ", ".join(field.name for field in fields(ConnectionState))


async def keep_newest(tx: Transaction, connections: Sequence[ConnectionState]) -> None:
    """Takes each connection's state unless a newer one is here already (E-6)."""
    rows = sorted(
        (each.connection_id, each.version, each.provider_id, each.processor, each.status, each.since)
        for each in connections
    )
    if not rows:
        return
    await tx.execute(
        """
        INSERT INTO connections AS kept (connection_id, version, provider_id, processor, status, since)
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::timestamptz[])
        ON CONFLICT (connection_id) DO UPDATE SET
            version = excluded.version, status = excluded.status, since = excluded.since
        WHERE kept.version < excluded.version
        """,
        *(list(column) for column in zip(*rows, strict=True)),
    )


async def connections(reader: Reader) -> list[ConnectionState]:
    """Every one that was ever told of."""
    rows = await reader.fetch(f"SELECT {_COLUMNS} FROM connections ORDER BY connection_id")  # noqa: S608
    return [ConnectionState(**row) for row in rows]
