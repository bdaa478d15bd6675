"""A payment at a provider's own processor as we know it, and what of it goes into the ledger. Pure.

News come late, twice and in any order. What counts is what the processor said last; a change of money is written once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis.clock import utc_text
from checkout.connections.domain import Connection
from checkout.processors.domain import ExternalPayment, PaymentStatus
from checkout.providers.domain import WHOLE

# How much a processor may be behind us.
CLOCKS_DIFFER: Final = timedelta(hours=1)


class KnownBy(StrEnum):
    """By what a transaction came to be known: its processor's webhook or list, or because we had it made."""

    WEBHOOK = "webhook"
    SYNC = "sync"
    PAYMENT = "payment"


class EntryKind(StrEnum):
    """What an entry of the ledger is.

    dispute: a bank takes the money back; dispute_won: it gives it back again
    fees: the processor has kept something else than it had said, for itself or for us
    """

    PAYMENT = "payment"
    REFUND = "refund"
    DISPUTE = "dispute"
    DISPUTE_WON = "dispute_won"
    FEES = "fees"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalTransaction:
    """A payment at a provider's own processor. Amounts are minor units of `currency`.

    transaction_id: its number; 0: it has none yet
    connection_id, provider_id, processor: through which connection, whose, and where
    payment_id: the processor's id of it
    state: where it stands; what is completed stays so
    amount: what was paid, or is to be
    refunded: what went back of it so far
    currency: ISO 4217
    commission: what the processor has kept back for us so far
    fee: what it has kept for itself; None while it does not say
    commission_ppm: the provider's rate when it was completed; None until then
    appointment_id, order_id: what it paid for here; None for what was paid elsewhere
    created_at: when it was made, by the processor's clock
    completed_at: when the money was there, by the same; None until then
    changed_at: when it changed last, by the same
    seen_at: when the processor was asked about it last, or said it
    known_by: what told us of it first
    version: grows by one with each change; 0: it is not kept yet
    """

    transaction_id: int = 0
    connection_id: int
    provider_id: int
    processor: str
    payment_id: str
    state: PaymentStatus = PaymentStatus.PENDING
    amount: int
    refunded: int = 0
    currency: str
    commission: int = 0
    fee: int | None = None
    commission_ppm: int | None = None
    appointment_id: int | None = None
    order_id: UUID | None = None
    created_at: datetime
    completed_at: datetime | None = None
    changed_at: datetime
    seen_at: datetime
    known_by: KnownBy
    version: int = 0

    @property
    def commission_rate(self) -> Decimal | None:
        """The provider's rate as a fraction from 0 to 1; None until it is completed."""
        return None if self.commission_ppm is None else Decimal(self.commission_ppm) / WHOLE

    @property
    def is_money(self) -> bool:
        """Whether it was completed; only then it is in the ledger."""
        return self.state is PaymentStatus.COMPLETED


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """One change of money. Amounts are minor units of the transaction's currency.

    kind: what happened
    source_id: the same whoever tells of it, and another for each other entry of the kind
    amount: negative where it went away from the provider
    at_source: what of our commission the processor kept back with it; negative where it gave that back
    fee: what it kept for itself; negative where it gave that back
    at: when, by the processor's clock
    """

    kind: EntryKind
    source_id: str
    amount: int
    at_source: int = 0
    fee: int = 0
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What a processor says of a payment.

    payment: how it stands
    seen_at: when that was asked for, or said: of two that the processor dates the same, the later one counts
    order_id, appointment_id: what it pays for here, as far as whoever tells knows that
    """

    payment: ExternalPayment
    seen_at: datetime
    order_id: UUID | None = None
    appointment_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaidSubject:
    """What a payment that we had made pays for: an order, or an appointment."""

    order_id: UUID | None = None
    appointment_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPayment:
    """A transaction after it was told of.

    transaction: as it is now
    before: as it was; None: nothing was known of it
    """

    transaction: ExternalTransaction
    before: ExternalTransaction | None

    @property
    def is_new(self) -> bool:
        """Whether nothing was known of it before."""
        return self.before is None


def counts(sighting: Sighting, connection: Connection) -> bool:
    """Whether a payment that nobody knows is any of ours: not what was paid before its account was connected."""
    return sighting.payment.created_at >= connection.created_at - CLOCKS_DIFFER


def unknown(sighting: Sighting, connection: Connection, *, by: KnownBy) -> ExternalTransaction:
    """A payment of which nothing was known before."""
    payment = sighting.payment
    return ExternalTransaction(
        connection_id=connection.connection_id,
        provider_id=connection.provider_id,
        processor=connection.processor,
        payment_id=payment.payment_id,
        amount=payment.amount,
        currency=payment.currency,
        created_at=payment.created_at,
        changed_at=payment.updated_at,
        seen_at=sighting.seen_at,
        known_by=by,
    )


def seen(known: ExternalTransaction, sighting: Sighting, *, rate: int) -> ExternalTransaction:
    """The transaction with what the processor says of it, one version on; `known` itself when that is nothing new.

    `rate`: the provider's commission now, in millionths.
    """
    after = _as_said(_linked(known, sighting), sighting, rate)
    if known.version and replace(after, changed_at=known.changed_at, seen_at=known.seen_at) == known:
        return known
    return replace(after, version=known.version + 1)


def _linked(known: ExternalTransaction, sighting: Sighting) -> ExternalTransaction:
    """What it pays for is said once."""
    order_id = sighting.order_id if known.order_id is None else known.order_id
    appointment_id = sighting.appointment_id if known.appointment_id is None else known.appointment_id
    return replace(known, order_id=order_id, appointment_id=appointment_id)


def _as_said(known: ExternalTransaction, sighting: Sighting, rate: int) -> ExternalTransaction:
    payment = sighting.payment
    if (payment.updated_at, sighting.seen_at) < (known.changed_at, known.seen_at):
        return known
    after = replace(
        known,
        state=known.state if known.is_money else payment.status,
        amount=known.amount if known.is_money else payment.amount,
        refunded=payment.refunded,
        commission=payment.commission,
        fee=known.fee if payment.fee is None else payment.fee,
        changed_at=payment.updated_at,
        seen_at=sighting.seen_at,
    )
    if known.is_money or not after.is_money:
        return after
    return replace(after, commission_ppm=rate, completed_at=_completed_at(known, payment))


def _completed_at(known: ExternalTransaction, payment: ExternalPayment) -> datetime:
    """One that nobody has seen on its way is dated by when it was made: it may have changed long after that."""
    return payment.updated_at if known.version else payment.created_at


def entries(before: ExternalTransaction, after: ExternalTransaction) -> Iterator[LedgerEntry]:
    """What goes into the ledger because a transaction is another one than before."""
    if not after.is_money:
        return
    if not before.is_money:
        yield _payment(after)
        before = replace(before, commission=after.commission, fee=after.fee)
    back, kept = after.refunded - before.refunded, after.commission - before.commission
    if back:
        yield _entry(EntryKind.REFUND, after, f"{after.refunded}", amount=-back, at_source=kept)
        kept = 0
    fee = (after.fee or 0) - (before.fee or 0)
    if fee or kept:
        yield _entry(EntryKind.FEES, after, f"{after.fee}/{after.commission}", at_source=kept, fee=fee)


def _payment(after: ExternalTransaction) -> LedgerEntry:
    return LedgerEntry(
        kind=EntryKind.PAYMENT,
        source_id=after.payment_id,
        amount=after.amount,
        at_source=after.commission,
        fee=after.fee or 0,
        at=after.completed_at or after.changed_at,
    )


def _entry(
    kind: EntryKind, after: ExternalTransaction, total: str, *, amount: int = 0, at_source: int = 0, fee: int = 0
) -> LedgerEntry:
    """Told from others by what it came to in total, by when the processor says that it did, and by our version.

    What failed and was given back again comes to the same in total, maybe within a second.
    """
    source_id = f"{total}@{utc_text(after.changed_at)}/{after.version}"
    return LedgerEntry(kind=kind, source_id=source_id, amount=amount, at_source=at_source, fee=fee, at=after.changed_at)
