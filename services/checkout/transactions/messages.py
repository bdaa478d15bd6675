"""What is said of external transactions, as an event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Final

from checkout.connections.domain import Connection
from checkout.transactions.comparison import ComparisonPart, Discrepancy, DiscrepancyKind
from checkout.transactions.domain import ExternalTransaction, KnownBy, LedgerEntry
from checkout.transactions.sync import TransactionSync
from events import (
    UNREADABLE,
    LedgerEntryAdded,
    OrderId,
    PaymentExternalRecorded,
    PaymentSyncGapFilled,
    ReconciliationEvent,
    ReconciliationFailed,
    ReconciliationRepaired,
)

_COMMAND: Final = "fullhouse payments reconcile"
_REASONS: Final = MappingProxyType(
    {
        DiscrepancyKind.MISSING: "The processor has a payment that can’t be recorded here.",
        DiscrepancyKind.DIFFERS: "A payment that was completed is another one at the processor now.",
        DiscrepancyKind.UNKNOWN: "The processor does not know a payment that was recorded here.",
        DiscrepancyKind.LEDGER_DIFFERS: "The ledger of a payment does not come to what was paid, given and taken back.",
        DiscrepancyKind.DISPUTE_DIFFERS: "A dispute of a payment is another one at the processor now.",
        DiscrepancyKind.DISPUTE_UNKNOWN: "The processor does not know a dispute that was recorded here.",
    }
)


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


def discrepancies_told(
    part: ComparisonPart, found: Sequence[Discrepancy], *, at: datetime
) -> Iterator[ReconciliationEvent]:
    """Of each payment that was not the same on both sides, whether it is now."""
    for each in found:
        facts = {"run_id": part.run_id, "account": _account(part), "subject": each.payment_id, "occurred_at": at}
        word = f"external_{each.kind.value}"
        if each.mended:
            yield ReconciliationRepaired(**facts, kind=word)
        else:
            yield ReconciliationFailed(**facts, cause=word, reason=_REASONS[each.kind], command=_COMMAND)


def not_compared(part: ComparisonPart, *, at: datetime) -> ReconciliationFailed:
    """Nothing is known of what stands there."""
    return ReconciliationFailed(
        run_id=part.run_id, account=_account(part), subject="", occurred_at=at, cause=UNREADABLE, reason=part.trouble
    )


def _account(part: ComparisonPart) -> str:
    return f"connection {part.connection_id}"


def _added(transaction: ExternalTransaction, entry: LedgerEntry) -> LedgerEntryAdded:
    return LedgerEntryAdded(
        kind=entry.kind.value,
        amount=entry.amount,
        commission_ppm=transaction.commission_ppm or 0,
        at_source=entry.at_source,
        fee=entry.fee,
        at=entry.at,
    )
