"""All SQL on what buyers want to be different on their orders."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from chassis.database import Reader, Transaction
from checkout.customers.domain import ChangeWish

_FIND: Final = """
SELECT change_id, order_id, first_name, last_name, email, previous_email, asked_at, agreed_at, done_at,
       NOT EXISTS (
           SELECT FROM customer_changes AS later
           WHERE later.order_id = wish.order_id AND (later.asked_at, later.change_id) > (wish.asked_at, wish.change_id)
       ) AS newest
FROM customer_changes AS wish WHERE change_id = $1
"""


async def insert(tx: Transaction, wish: ChangeWish, *, forget: timedelta) -> None:
    """Keeps what is wanted, and nothing of what was wanted so long ago; the order's row is locked."""
    await tx.execute("DELETE FROM customer_changes WHERE asked_at < $1", wish.asked_at - forget)
    await tx.execute(
        """
        INSERT INTO customer_changes (change_id, order_id, first_name, last_name, email, previous_email, asked_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """,
        wish.change_id,
        wish.order_id,
        wish.first_name,
        wish.last_name,
        wish.email,
        wish.previous_email,
        wish.asked_at,
    )


async def asked(tx: Transaction, order_id: UUID) -> list[datetime]:
    """When something was wanted of an order, oldest first."""
    rows = await tx.fetch("SELECT asked_at FROM customer_changes WHERE order_id = $1 ORDER BY asked_at", order_id)
    return [row["asked_at"] for row in rows]


async def get(reader: Reader, change_id: UUID) -> ChangeWish | None:
    row = await reader.fetchrow(_FIND, change_id)
    return ChangeWish(**row) if row else None


async def agreed(tx: Transaction, change_id: UUID, at: datetime) -> None:
    await tx.execute("UPDATE customer_changes SET agreed_at = $2 WHERE change_id = $1", change_id, at)


async def done(tx: Transaction, change_id: UUID, at: datetime) -> None:
    await tx.execute("UPDATE customer_changes SET done_at = $2 WHERE change_id = $1", change_id, at)
