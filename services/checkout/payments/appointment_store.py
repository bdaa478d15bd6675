"""The SQL on what our own account took for appointments."""

from __future__ import annotations

from chassis.database import Reader, Transaction
from checkout.payments import charge_store
from checkout.payments.domain import AppointmentCharge, Session


async def known(reader: Reader, session: Session) -> bool:
    """Whether the ledger has the payment of a page."""
    found = await reader.fetchval(
        "SELECT true FROM charge_entries WHERE processor = $1 AND source_id = $2 AND kind = 'payment'",
        session.processor,
        session.payment_intent,
    )
    return bool(found)


async def add(tx: Transaction, charge: AppointmentCharge) -> None:
    """Into the ledger, once; whoever has just found the payment unknown does what follows from that before."""
    await charge_store.lock_payment(tx, charge.processor, charge.payment_intent)
    await tx.execute(
        """
        INSERT INTO charge_entries (processor, source_id, appointment_id, kind, amount, currency, fee, at)
        VALUES ($1, $2, $3, 'payment', $4, $5, $6, $7)
        ON CONFLICT (processor, kind, source_id) WHERE kind <> 'refund' DO NOTHING
        """,
        charge.processor,
        charge.payment_intent,
        charge.appointment_id,
        charge.amount,
        charge.currency,
        charge.fee,
        charge.paid_at,
    )
