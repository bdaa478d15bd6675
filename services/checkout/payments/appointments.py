"""What our own account took for appointments goes into the ledger of charges (P-8, P-11)."""

from __future__ import annotations

from chassis.database import Transaction
from checkout.payments import appointment_store
from checkout.payments.domain import AppointmentCharge
from checkout.webhooks.service import handle_again


async def enter(tx: Transaction, charge: AppointmentCharge) -> None:
    """Enters it once, whoever tells of it. What was told of the payment before is heard now."""
    await appointment_store.add(tx, charge)
    await handle_again(tx, charge.processor, charge.payment_intent)
