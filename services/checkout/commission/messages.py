"""What is said about collections, as events (E-3)."""

from __future__ import annotations

from typing import TypedDict

from chassis.clock import Clock
from chassis.database import Transaction
from checkout.commission.backs import CollectionBack
from checkout.commission.domain import Collection, CollectionWay, Received
from checkout.commission.invoice import Invoice
from checkout.commission.naming import group_of, told_as
from eventbus import Outbox, Outgoing
from events import (
    PaymentCommissionBlocked,
    PaymentCommissionCollected,
    PaymentCommissionFailed,
    PaymentCommissionInvoiced,
    PaymentCommissionStarted,
    PaymentCommissionWentBack,
)


class CollectionMessages:
    """Tells of them."""

    def __init__(self, *, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock

    async def blocked(self, tx: Transaction, collection: Collection) -> None:
        """It waits, since it was made."""
        await self._outbox.publish(
            tx,
            PaymentCommissionBlocked(
                **_about(collection),
                amount=collection.amount,
                reason=collection.blocked_by or "",
                occurred_at=collection.created_at,
            ),
        )

    async def started(self, tx: Transaction, collection: Collection) -> None:
        """Stripe is asked for it."""
        await self._outbox.publish(
            tx,
            PaymentCommissionStarted(
                **_about(collection),
                amount=collection.amount,
                occurred_at=self._clock.now(),
            ),
        )

    async def invoiced(self, tx: Transaction, collection: Collection, invoice: Invoice) -> None:
        """Its provider was sent an invoice."""
        await self._outbox.publish(
            tx,
            PaymentCommissionInvoiced(
                **_about(collection),
                amount=collection.amount,
                invoice_number=invoice.number,
                payable_until=invoice.due_at,
                occurred_at=self._clock.now(),
            ),
        )

    async def collected(self, tx: Transaction, collection: Collection, received: Received) -> None:
        """It was taken."""
        event = PaymentCommissionCollected(
            **_about(collection),
            amount=received.amount,
            transactions=collection.transactions,
            volume=collection.volume,
            commission=collection.commission,
            at_source=collection.at_source,
            period_from=collection.period_from,
            period_to=collection.period_to,
            invoice_number=collection.invoice_number,
            occurred_at=received.at,
        )
        id_ = told_as(group_of(collection), received, event.type)
        await self._outbox.enqueue(tx, [Outgoing(event=event, id=id_)])

    async def went_back(self, tx: Transaction, collection: Collection, back: CollectionBack) -> None:
        """Money of one that was taken went back, or is asked back, or came again."""
        await self._outbox.publish(
            tx,
            PaymentCommissionWentBack(
                **_about(collection),
                amount=back.amount,
                kind=back.kind.value,
                state=back.status.value,
                source_id=back.source_id,
                invoice_number=collection.invoice_number,
                occurred_at=self._clock.now(),
            ),
        )

    async def failed(self, tx: Transaction, collection: Collection) -> None:
        """It was refused."""
        await self._outbox.publish(
            tx,
            PaymentCommissionFailed(
                **_about(collection),
                amount=collection.amount,
                cause=collection.failed_cause or "",
                reason=collection.failed_reason or "",
                invoice_number=collection.invoice_number,
                occurred_at=self._clock.now(),
            ),
        )


class _About(TypedDict):
    collection_id: int
    version: int
    provider_id: int
    currency: str
    way: CollectionWay | None


def _about(collection: Collection) -> _About:
    return {
        "collection_id": collection.collection_id,
        "version": collection.version,
        "provider_id": collection.provider_id,
        "currency": collection.currency,
        "way": collection.way,
    }
