"""SQL of grants: what is granted is an order, so only their turns are here."""

from __future__ import annotations

from uuid import UUID

from chassis.database import Transaction


async def lock(tx: Transaction, order_id: UUID) -> None:
    """One at a time for an order that may not be there yet, until the end of the transaction."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"grant {order_id}")
