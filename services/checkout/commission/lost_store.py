"""SQL of what a database that comes from a backup has forgotten: whether it is being read, and how it comes back."""

from __future__ import annotations

from chassis.database import Reader, Transaction
from checkout.commission.domain import Collection
from checkout.commission.lost import LostCollection, LostInvoice
from checkout.commission.store import COLLECTION, collection_of


async def marks(reader: Reader) -> set[str]:
    """What this installation was called when it collected."""
    return {row["mark"] for row in await reader.fetch("SELECT DISTINCT mark FROM commission_collections")}


async def keep_customer(tx: Transaction, found: LostInvoice) -> None:
    """Whom the provider's invoices go to, unless that is known: the address may be another one now."""
    await tx.execute(
        """
        INSERT INTO commission_customers (provider_id, currency, customer_id, email) VALUES ($1, $2, $3, $4)
        ON CONFLICT (provider_id, currency) DO NOTHING
        """,
        found.name.provider_id,
        found.name.currency,
        found.customer_id,
        found.email,
    )


async def insert(tx: Transaction, lost: LostCollection) -> Collection | None:
    """It is under way and due; its amount is a correction, for it has no entries. None: it is known."""
    name, invoice = lost.name, lost.invoice
    row = await tx.fetchrow(
        f"""
        INSERT INTO commission_collections (
            provider_id, currency, number, mark, period_from, period_to, created_at, processing_since, correction,
            amount, state, way, invoice_id, invoice_number, invoice_url, payable_until, due_at
        )
        VALUES ($1, $2, $3, $4, $5, $5, $5, $5, $6, $6, 'processing', $7, $8, $9, $10, $11, app_now())
        ON CONFLICT ON CONSTRAINT commission_collections_once DO NOTHING
        RETURNING {COLLECTION}
        """,  # noqa: S608
        name.provider_id,
        name.currency,
        name.number,
        name.mark,
        lost.asked_at,
        lost.amount,
        lost.way.value,
        invoice.invoice_id if invoice else None,
        invoice.number if invoice else None,
        invoice.url if invoice else None,
        invoice.due_at if invoice else None,
    )
    return collection_of(row) if row else None
