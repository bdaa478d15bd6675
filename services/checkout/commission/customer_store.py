"""SQL of providers as Stripe's customers, who are sent invoices: one of each currency."""

from __future__ import annotations

from chassis.database import Database, Reader
from checkout.commission.domain import Collection


async def get(reader: Reader, collection: Collection) -> tuple[str, str] | None:
    """Stripe's id of whoever owes a collection, and the address that it has there."""
    row = await reader.fetchrow(
        "SELECT customer_id, email FROM commission_customers WHERE provider_id = $1 AND currency = $2",
        collection.provider_id,
        collection.currency,
    )
    return (row["customer_id"], row["email"]) if row else None


async def keep(database: Database, collection: Collection, customer_id: str, email: str) -> None:
    """From now on it is this one, with this address."""
    await database.execute(
        """
        INSERT INTO commission_customers (provider_id, currency, customer_id, email) VALUES ($1, $2, $3, $4)
        ON CONFLICT (provider_id, currency) DO UPDATE SET customer_id = excluded.customer_id, email = excluded.email
        """,
        collection.provider_id,
        collection.currency,
        customer_id,
        email,
    )
