"""Whose seats are oversold; which those are, their tickets say."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from inventory.oversold.domain import OwedCustomer, OwedPlace, OwedSeats


async def remember(tx: Transaction, city_id: str, owed: Collection[tuple[UUID, str, OwedCustomer]]) -> None:
    """Keeps the customer of each order and tier, as the newest event of the order has it."""
    await tx.execute(
        """
        INSERT INTO oversold_customers (order_id, city_id, tier, first_name, last_name, email, phone)
        SELECT order_id, $1, tier, first_name, last_name, email, phone
        FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
            AS n (order_id, tier, first_name, last_name, email, phone)
        ON CONFLICT (order_id, city_id, tier) DO UPDATE SET first_name = excluded.first_name,
            last_name = excluded.last_name, email = excluded.email, phone = excluded.phone
        """,
        city_id,
        [order_id for order_id, _, _ in owed],
        [tier for _, tier, _ in owed],
        [customer.first_name for _, _, customer in owed],
        [customer.last_name for _, _, customer in owed],
        [customer.email for _, _, customer in owed],
        [customer.phone for _, _, customer in owed],
    )


async def rename(tx: Transaction, order_id: UUID, customer: OwedCustomer) -> None:
    """The order is somebody else's, wherever something of it is owed."""
    await tx.execute(
        "UPDATE oversold_customers SET first_name = $2, last_name = $3, email = $4, phone = $5 WHERE order_id = $1",
        order_id,
        customer.first_name,
        customer.last_name,
        customer.email,
        customer.phone,
    )


async def forget(tx: Transaction, city_id: str, settled: Collection[tuple[UUID | None, str]]) -> None:
    """Drops the customers of orders to whom nothing of a pool is owed any more."""
    await tx.execute(
        """
        DELETE FROM oversold_customers AS kept USING unnest($2::uuid[], $3::text[]) AS n (order_id, tier)
        WHERE kept.city_id = $1 AND kept.order_id = n.order_id AND kept.tier = n.tier
        """,
        city_id,
        [order_id for order_id, _ in settled],
        [tier for _, tier in settled],
    )


async def page(
    reader: Reader, *, city_id: str | None, tier: str | None, after: OwedPlace | None, limit: int
) -> list[OwedSeats]:
    """Behind `after`, who waits the longest first."""
    rows = await reader.fetch(
        """
        WITH owed AS (
            SELECT order_id, city_id, tier, max(order_number) AS order_number, min(issued_at) AS since,
                   array_agg(seat ORDER BY seat) AS seats
            FROM tickets
            WHERE place = 'oversold' AND ($1::text IS NULL OR city_id = $1) AND ($2::text IS NULL OR tier = $2)
            GROUP BY order_id, city_id, tier
        )
        SELECT order_id, city_id, tier, order_number, since, seats, first_name, last_name, email, phone
        FROM owed LEFT JOIN oversold_customers USING (order_id, city_id, tier)
        WHERE $3::timestamptz IS NULL OR (since, order_id, city_id, tier) > ($3, $4::uuid, $5::text, $6::text)
        ORDER BY since, order_id, city_id, tier LIMIT $7
        """,
        city_id,
        tier,
        *((after.since, after.order_id, after.city_id, after.tier) if after else (None,) * 4),
        limit,
    )
    return [_owed(row) for row in rows]


def _owed(row: Row) -> OwedSeats:
    customer = OwedCustomer(
        first_name=row["first_name"], last_name=row["last_name"], email=row["email"], phone=row["phone"]
    )
    return OwedSeats(
        order_id=row["order_id"],
        order_number=row["order_number"],
        city_id=row["city_id"],
        tier=row["tier"],
        seats=tuple(row["seats"]),
        since=row["since"],
        customer=customer if row["email"] is not None else None,
    )
