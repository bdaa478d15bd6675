"""Writes down what is said of payments at providers' own processors (P-5, P-6). Each takes the transaction.

Webhooks, the processors' lists and our own calls meet here: whoever tells of a payment, and however often, each change
of money is in the ledger once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from chassis.clock import Clock
from chassis.database import Transaction
from checkout.connections.domain import Connection
from checkout.connections.service import claim_row, note_transaction
from checkout.processors.domain import ExternalDispute, ExternalPayment
from checkout.providers.service import Providers
from checkout.transactions import archive_store, dispute_store, store
from checkout.transactions.disputes import DisputeChange, dispute_entries, told
from checkout.transactions.domain import (
    ExternalTransaction,
    KnownBy,
    LedgerEntry,
    PaidSubject,
    RecordedPayment,
    Sighting,
    counts,
    entries,
    seen,
    unknown,
)
from checkout.transactions.errors import DisputeInOtherCurrency, PaymentNotPaid
from checkout.transactions.messages import recorded
from eventbus import Outbox

# A transaction before and after; and one with an entry of its ledger.
_Change = tuple[ExternalTransaction, ExternalTransaction]
_Written = tuple[ExternalTransaction, LedgerEntry]


class PaymentsMadeHere(Protocol):
    """Payments that we have asked processors for, told from others by their keys."""

    async def subjects(self, tx: Transaction, keys: Sequence[str]) -> Mapping[str, PaidSubject]:
        """What they pay for, by the keys; what is not ours is left out."""
        ...

    async def paid(self, tx: Transaction, transaction: ExternalTransaction, payment: ExternalPayment) -> None:
        """The money of one is there. What is not ours changes nothing."""
        ...

    async def refunded(self, tx: Transaction, transaction: ExternalTransaction) -> None:
        """More of one went back than was known, whoever gave it back. What is not ours changes nothing."""
        ...


class PaymentTrouble(Protocol):
    """What follows from what goes wrong with a payment after it was made."""

    async def disputed(self, tx: Transaction, transaction: ExternalTransaction, change: DisputeChange) -> None:
        """The bank of whoever paid asks for the money, or has decided."""
        ...

    async def came_back(self, tx: Transaction, transaction: ExternalTransaction) -> None:
        """Less went back than was known: a refund has failed."""
        ...


class Transactions:
    """What providers took at processors of their own."""

    def __init__(
        self,
        providers: Providers,
        *,
        made_here: Sequence[PaymentsMadeHere] = (),
        trouble: PaymentTrouble | None = None,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        """`made_here`: who hears of payments that we had made; `trouble`: who hears of what goes wrong with any."""
        self._providers = providers
        self._made_here = made_here
        self._trouble = trouble
        self._outbox = outbox
        self._clock = clock

    async def record(
        self, tx: Transaction, connection: Connection, sighting: Sighting, *, by: KnownBy
    ) -> RecordedPayment:
        """A payment that is ours: what has just been paid through the connection.

        It holds the connection's row until the end of the transaction, and should be the first thing done in it.
        """
        known = await self._known(tx, connection, [sighting])
        return (await self._record(tx, connection, [sighting], known, by))[0]

    async def record_told(
        self, tx: Transaction, connection: Connection, sightings: Sequence[Sighting], *, by: KnownBy
    ) -> list[RecordedPayment]:
        """The same of payments that its processor tells of, each of them once; those that count, in their order."""
        known = await self._known(tx, connection, sightings)
        ours = [each for each in sightings if each.payment.payment_id in known or counts(each, connection)]
        return await self._record(tx, connection, ours, known, by)

    async def _known(
        self, tx: Transaction, connection: Connection, sightings: Sequence[Sighting]
    ) -> Mapping[str, ExternalTransaction]:
        return await self._known_by_id(tx, connection, [each.payment.payment_id for each in sightings])

    async def _known_by_id(
        self, tx: Transaction, connection: Connection, payment_ids: Sequence[str]
    ) -> Mapping[str, ExternalTransaction]:
        await claim_row(tx, connection.connection_id)
        await archive_store.take_back(tx, connection.provider_id, connection.processor, payment_ids)
        return await store.known(tx, connection, payment_ids)

    async def _record(
        self,
        tx: Transaction,
        connection: Connection,
        sightings: Sequence[Sighting],
        known: Mapping[str, ExternalTransaction],
        by: KnownBy,
    ) -> list[RecordedPayment]:
        rate = await self._providers.commission_of(tx, connection.provider_id)
        changes = []
        for sighting in await self._with_subjects(tx, sightings):
            before = known.get(sighting.payment.payment_id) or unknown(sighting, connection, by=by)
            changes.append((before, seen(before, sighting, rate=rate)))
        kept = await self._keep(tx, connection, changes, by)
        await self._pass_on(tx, sightings, changes)
        return kept

    async def _with_subjects(self, tx: Transaction, sightings: Sequence[Sighting]) -> Sequence[Sighting]:
        """With what they pay here, also where whoever tells does not know."""
        keys = [each.payment.key for each in sightings if each.payment.key is not None]
        found: dict[str, PaidSubject] = {}
        for room in self._made_here if keys else ():
            found |= await room.subjects(tx, keys)
        return [_about(each, found.get(each.payment.key or "")) for each in sightings]

    async def _pass_on(self, tx: Transaction, sightings: Sequence[Sighting], changes: Sequence[_Change]) -> None:
        """What is money from now on, and pays for something here, is told of."""
        for sighting, (before, after) in zip(sightings, changes, strict=True):
            if self._trouble is not None and after.refunded < before.refunded:
                await self._trouble.came_back(tx, after)
            if not after.is_money or (after.appointment_id is None and after.order_id is None):
                continue
            for room in self._made_here:
                if not before.is_money:
                    await room.paid(tx, after, sighting.payment)
                if after.refunded > before.refunded:
                    await room.refunded(tx, after)

    async def record_disputes(
        self, tx: Transaction, connection: Connection, disputes: Sequence[ExternalDispute], *, by: KnownBy
    ) -> list[ExternalDispute]:
        """Disputes that their processor tells of, of payments that are ours; those that moved money that was not known.

        It holds the connection's row until the end of the transaction.
        """
        news = []
        for dispute in disputes:
            known = (await self._known_by_id(tx, connection, [dispute.payment_id])).get(dispute.payment_id)
            fits = known is not None and known.is_money and known.currency == dispute.currency
            if known is not None and fits and await self.record_dispute(tx, known, dispute, by=by):
                news.append(dispute)
        return news

    async def record_dispute(
        self, tx: Transaction, transaction: ExternalTransaction, dispute: ExternalDispute, *, by: KnownBy
    ) -> bool:
        """A dispute of a transaction, which whoever calls has just recorded; whether it moved money that was not known.

        Raises PaymentNotPaid or DisputeInOtherCurrency.
        """
        if not transaction.is_money:
            raise PaymentNotPaid("The payment that is disputed was not completed.")
        if dispute.currency != transaction.currency:
            raise DisputeInOtherCurrency(f"The payment was in {transaction.currency}.")
        known = await dispute_store.get(tx, transaction.transaction_id, dispute.dispute_id)
        change = told(known, dispute)
        if change.after == known:
            return False
        await dispute_store.keep(tx, transaction.transaction_id, change.after)
        written = await self._append(tx, [(transaction, entry) for entry in dispute_entries(change)])
        if written:
            after = replace(transaction, version=transaction.version + 1)
            await store.update(tx, [after])
            await self._tell(tx, [after], written, by)
        if self._trouble is not None and change.is_news:
            await self._trouble.disputed(tx, transaction, change)
        return bool(written)

    async def _keep(
        self, tx: Transaction, connection: Connection, changes: Sequence[_Change], by: KnownBy
    ) -> list[RecordedPayment]:
        numbers = await store.add(tx, [after for before, after in changes if not before.version])
        changes = [(before, _numbered(after, numbers)) for before, after in changes]
        changed = [(before, after) for before, after in changes if after is not before]
        await store.update(tx, [after for before, after in changed if before.version])
        wanted = [(after, entry) for before, after in changed for entry in entries(before, after)]
        await self._tell(tx, [after for _, after in changed], await self._append(tx, wanted), by)
        newest = max((after.created_at for _, after in changed if after.is_money), default=None)
        if newest is not None:
            await note_transaction(tx, connection.connection_id, newest)
        return [
            RecordedPayment(transaction=after, before=before if before.version else None) for before, after in changes
        ]

    async def _tell(
        self, tx: Transaction, changed: Sequence[ExternalTransaction], written: Sequence[_Written], by: KnownBy
    ) -> None:
        added: dict[int, list[LedgerEntry]] = {}
        for transaction, entry in written:
            added.setdefault(transaction.transaction_id, []).append(entry)
        await self._outbox.publish(tx, *(recorded(each, added.get(each.transaction_id, ()), by=by) for each in changed))

    async def _append(self, tx: Transaction, wanted: Sequence[_Written]) -> Sequence[_Written]:
        """Those that were not there yet."""
        done = await store.append(tx, wanted, now=self._clock.now())
        return [
            (transaction, entry)
            for transaction, entry in wanted
            if (transaction.transaction_id, entry.kind.value, entry.source_id) in done
        ]


def _about(sighting: Sighting, subject: PaidSubject | None) -> Sighting:
    if subject is None:
        return sighting
    return replace(sighting, order_id=subject.order_id, appointment_id=subject.appointment_id)


def _numbered(transaction: ExternalTransaction, numbers: Mapping[str, int]) -> ExternalTransaction:
    number = numbers.get(transaction.payment_id)
    return transaction if number is None else replace(transaction, transaction_id=number)
