"""Settles deliveries with receipts, whatever their order and number (N-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from chassis.database import Transaction
from events import Channel
from notifier.contacts import service as contacts
from notifier.deliveries.decisions import Receipt
from notifier.deliveries.service import Deliveries
from notifier.receipts import store
from notifier.receipts.domain import TRIES, TRY_AGAIN
from notifier.receipts.store import StoredReceipt

BATCH: Final = 500


async def settle(tx: Transaction, deliveries: Deliveries) -> int:
    """Applies what waits; returns how many were looked at. Those without a known delivery wait for it, for a minute."""
    pending = await store.due(tx, limit=BATCH)
    for vendor in sorted({each.provider for each in pending}):
        await _settle_vendor(tx, deliveries, vendor, [each for each in pending if each.provider == vendor])
    return len(pending)


async def _settle_vendor(
    tx: Transaction, deliveries: Deliveries, vendor: str, pending: Sequence[StoredReceipt]
) -> None:
    unnamed = [each.provider_id for each in pending if each.delivery_id is None and each.provider_id]
    named = await deliveries.ids_of_vendor(tx, vendor, unnamed) if unnamed else {}
    receipts = {
        each.id: Receipt(
            delivery_id=delivery_id,
            provider_id=each.provider_id,
            status=each.status,
            error_code=each.error_code,
        )
        for each in pending
        if (delivery_id := each.delivery_id or named.get(each.provider_id or "")) is not None
    }
    early = await deliveries.receive(tx, vendor, list(receipts.values()))
    settled = {each for each, receipt in receipts.items() if receipt.delivery_id not in early}
    waiting = [each for each in pending if each.id not in settled]
    if settled:
        await store.end(tx, sorted(settled), state="settled")
    if waiting:
        await store.end(tx, [each.id for each in waiting if each.attempts >= TRIES], state="orphan")
        await store.later(tx, [each.id for each in waiting if each.attempts < TRIES], wait=TRY_AGAIN)


async def bar(tx: Transaction, channel: Channel, reasons: Mapping[str, str]) -> None:
    """Suppresses recipients, each for its reason."""
    for reason in sorted(set(reasons.values())):
        await contacts.suppress(
            tx, channel, [recipient for recipient, why in reasons.items() if why == reason], reason=reason
        )
