"""SQL on which connections are looked at, and when: one process at a time has each."""

from __future__ import annotations

from datetime import datetime

from chassis.database import Transaction
from checkout.connections.domain import Connection
from checkout.connections.store import CONNECTION, connection_of


async def claim(tx: Transaction, *, now: datetime, until: datetime, limit: int) -> list[Connection]:
    """Those that are due and that nobody else has, for this process until then."""
    rows = await tx.fetch(
        f"""
        UPDATE processor_connections SET claimed_until = $2
        WHERE connection_id IN (
            SELECT connection_id FROM processor_connections
            WHERE look_due_at <= $1 AND (claimed_until IS NULL OR claimed_until <= $1)
            ORDER BY look_due_at LIMIT $3 FOR UPDATE SKIP LOCKED
        )
        RETURNING {CONNECTION}
        """,  # noqa: S608
        now,
        until,
        limit,
    )
    return [connection_of(row) for row in rows]


async def claim_one(tx: Transaction, connection_id: int, *, now: datetime, until: datetime) -> bool:
    """The same for one that a person names, due or not; False when somebody else has it."""
    claimed = await tx.fetchval(
        """
        UPDATE processor_connections SET claimed_until = $3
        WHERE connection_id = $1 AND (claimed_until IS NULL OR claimed_until <= $2) RETURNING true
        """,
        connection_id,
        now,
        until,
    )
    return bool(claimed)


async def plan(tx: Transaction, connection_id: int, due: datetime | None) -> None:
    """When it is looked at next; None: when a person has done something. Nobody has it now."""
    await tx.execute(
        "UPDATE processor_connections SET look_due_at = $2, claimed_until = NULL WHERE connection_id = $1",
        connection_id,
        due,
    )


async def bring_forward(tx: Transaction, connection_id: int, due: datetime) -> None:
    """It is looked at then, by whoever has it now only after that."""
    await tx.execute("UPDATE processor_connections SET look_due_at = $2 WHERE connection_id = $1", connection_id, due)


async def bring_all_forward(tx: Transaction, due: datetime) -> None:
    """All that are looked at by themselves are looked at then, or when they were to be, if that is sooner."""
    await tx.execute("UPDATE processor_connections SET look_due_at = $1 WHERE look_due_at > $1", due)


async def by_status(tx: Transaction) -> dict[str, int]:
    """How many stand how."""
    rows = await tx.fetch("SELECT status, count(*) AS count FROM processor_connections GROUP BY status ORDER BY status")
    return {row["status"]: row["count"] for row in rows}
