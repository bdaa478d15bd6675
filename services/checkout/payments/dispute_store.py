"""All SQL on disputes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from chassis.database import Reader, Transaction
from checkout.payments.domain import Dispute

# What a provider's account took is in the ledger of transactions.
_ENTRY = """
INSERT INTO charge_entries (processor, source_id, order_id, kind, amount, currency, fee, at)
SELECT $1, $2, $3, $4, $5, $6, 0, $7 WHERE NOT EXISTS (
    SELECT FROM payment_charges WHERE (processor, payment_intent) = ($1, $8) AND connection_id IS NOT NULL
)
ON CONFLICT DO NOTHING
"""


async def add(tx: Transaction, dispute: Dispute, order_id: UUID, *, at: datetime) -> bool:
    """Notes once that a dispute has taken the money away; False when that was known."""
    await _enter(tx, dispute, order_id, kind="dispute", amount=-dispute.amount, at=at)
    fresh = await tx.fetchval(
        "INSERT INTO payment_disputes (processor, dispute_id, order_id, at, froze) VALUES ($1, $2, $3, $4, false)"
        " ON CONFLICT DO NOTHING RETURNING true",
        dispute.processor,
        dispute.dispute_id,
        order_id,
        at,
    )
    return bool(fresh)


async def won(tx: Transaction, dispute: Dispute, order_id: UUID, *, at: datetime) -> None:
    """Enters once into the ledger that the money is back."""
    await _enter(tx, dispute, order_id, kind="dispute_won", amount=dispute.amount, at=at)


async def note_frozen(tx: Transaction, dispute: Dispute) -> None:
    """Keeps that the order rests because of it."""
    await tx.execute(
        "UPDATE payment_disputes SET froze = true WHERE processor = $1 AND dispute_id = $2",
        dispute.processor,
        dispute.dispute_id,
    )


async def froze(reader: Reader, dispute: Dispute) -> bool | None:
    """Whether the order rests, or rested, because of it; None while it is not known."""
    found: bool | None = await reader.fetchval(
        "SELECT froze FROM payment_disputes WHERE processor = $1 AND dispute_id = $2",
        dispute.processor,
        dispute.dispute_id,
    )
    return found


async def has_frozen(reader: Reader, order_id: UUID) -> bool:
    """Whether the order rests, or rested, because of any that is known."""
    return bool(
        await reader.fetchval("SELECT EXISTS (SELECT FROM payment_disputes WHERE order_id = $1 AND froze)", order_id)
    )


async def _enter(tx: Transaction, dispute: Dispute, order_id: UUID, *, kind: str, amount: int, at: datetime) -> None:
    await tx.execute(
        _ENTRY,
        dispute.processor,
        dispute.dispute_id,
        order_id,
        kind,
        amount,
        dispute.currency,
        at,
        dispute.payment_intent,
    )
