"""What is said of external transactions, as an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from checkout.connections.domain import Connection
from checkout.transactions.domain import ExternalTransaction, KnownBy, LedgerEntry
from checkout.transactions.sync import TransactionSync
from events import LedgerEntryAdded, OrderId, PaymentExternalRecorded, PaymentSyncGapFilled


def recorded(
    transaction: ExternalTransaction, entries: Sequence[LedgerEntry], *, by: KnownBy
) -> PaymentExternalRecorded:
    """That it is known, or another than before, and what that added to the ledger."""
    return PaymentExternalRecorded(
        transaction_id=transaction.transaction_id,
        version=transaction.version,
        connection_id=transaction.connection_id,
        provider_id=transaction.provider_id,
        processor=transaction.processor,
        payment_id=transaction.payment_id,
        state=transaction.state.value,
        amount=transaction.amount,
        refunded=transaction.refunded,
        currency=transaction.currency,
        fee=transaction.fee,
        order_id=OrderId(transaction.order_id) if transaction.order_id else None,
        appointment_id=transaction.appointment_id,
        known_by=by.value,
        entries=tuple(_added(transaction, each) for each in entries),
        occurred_at=entries[-1].at if entries else transaction.changed_at,
    )


def gap_filled(connection: Connection, sync: TransactionSync, *, at: datetime) -> PaymentSyncGapFilled:
    """That its processor's list had what no webhook has told of."""
    return PaymentSyncGapFilled(
        connection_id=connection.connection_id,
        provider_id=connection.provider_id,
        processor=connection.processor,
        since=sync.since,
        until=sync.until or at,
        missing=sync.missing,
        outdated=sync.outdated,
        occurred_at=at,
    )


def _added(transaction: ExternalTransaction, entry: LedgerEntry) -> LedgerEntryAdded:
    return LedgerEntryAdded(
        kind=entry.kind.value,
        amount=entry.amount,
        commission_ppm=transaction.commission_ppm or 0,
        at_source=entry.at_source,
        fee=entry.fee,
        at=entry.at,
    )
