"""All SQL on maintenance."""

from __future__ import annotations

from chassis.database import Reader, Transaction
from checkout.maintenance.domain import Maintenance


async def current(reader: Reader) -> Maintenance | None:
    """The maintenance that is under way."""
    row = await reader.fetchrow("SELECT reason, until, since, by FROM maintenance")
    return Maintenance(**row) if row else None


async def lock(tx: Transaction) -> None:
    """One change at a time."""
    await tx.execute("LOCK TABLE maintenance IN SHARE ROW EXCLUSIVE MODE")


async def keep(tx: Transaction, maintenance: Maintenance) -> None:
    """Keeps it as the one that is under way."""
    await tx.execute(
        """
        INSERT INTO maintenance (reason, until, since, by) VALUES ($1, $2, $3, $4)
        ON CONFLICT (only_row) DO UPDATE SET reason = excluded.reason, until = excluded.until, by = excluded.by
        """,
        maintenance.reason,
        maintenance.until,
        maintenance.since,
        maintenance.by,
    )


async def remove(tx: Transaction) -> None:
    """None is under way any more."""
    await tx.execute("DELETE FROM maintenance")
