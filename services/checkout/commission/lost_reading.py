"""Debits and invoices since a backup that was put back: known here again before anything is asked for anew (P-7)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from chassis.clock import Clock
from chassis.database import Database, Transaction
from chassis.telemetry import get_logger
from checkout.commission import lost_store, store
from checkout.commission.debits import StripeDebits
from checkout.commission.domain import CorrectionCause
from checkout.commission.invoices import StripeInvoices
from checkout.commission.lost import LostCollection, LostInvoice
from checkout.payments.processors.port import Stretch
from checkout.polls.domain import SKEW, Poll, Subject
from checkout.polls.reading import DEADLINE

log = get_logger()


class LostCollections:
    """Takes over what is this installation's and nobody knows here.

    mark: of this installation; what it was called before, its own collections say
    """

    def __init__(self, database: Database, *, mark: str) -> None:
        self._database = database
        self._mark = mark

    async def debited(self, found: Sequence[LostCollection]) -> None:
        ours = await self._marks()
        for each in found:
            if each.name.mark in ours:
                async with self._database.transaction() as tx:
                    await _take_over(tx, each)

    async def invoiced(self, found: Sequence[LostInvoice]) -> None:
        """By the customer, those of collections that are known are found again, whatever the address is by now."""
        ours = await self._marks()
        for each in found:
            if each.name.mark in ours:
                async with self._database.transaction() as tx:
                    await lost_store.keep_customer(tx, each)
                    if each.collection is not None:
                        await _take_over(tx, each.collection)

    async def _marks(self) -> set[str]:
        return {self._mark, *await lost_store.marks(self._database)}


async def _take_over(tx: Transaction, lost: LostCollection) -> None:
    """Its entries are in no collection now: the next one, which has them, takes as much less."""
    made = await lost_store.insert(tx, lost)
    if made is not None:
        await store.correct(tx, made, -made.amount, CorrectionCause.RESTORED)
        log.warning("collection_found", collection=made.collection_id, amount=made.amount)


class LostDebitReading:
    """Debits of providers' accounts."""

    subject: Final = Subject.LOST_DEBITS

    def __init__(self, lost: LostCollections, *, debits: StripeDebits, clock: Clock) -> None:
        self._lost = lost
        self._debits = debits
        self._clock = clock

    async def begin(self, poll: Poll) -> Poll:
        return poll.begun(since=poll.since, until=self._clock.now() + SKEW)

    async def page(self, poll: Poll, stretch: Stretch) -> str | None:
        found = await self._debits.made_in(stretch, after=poll.after, deadline=DEADLINE)
        await self._lost.debited(found.items)
        return found.after

    async def over(self, poll: Poll) -> bool:
        log.info("lost_list_read", vendor=poll.processor, subject=poll.subject.value)
        return True


class LostInvoiceReading:
    """Invoices of our own account."""

    subject: Final = Subject.LOST_INVOICES

    def __init__(self, lost: LostCollections, *, invoices: StripeInvoices, clock: Clock) -> None:
        self._lost = lost
        self._invoices = invoices
        self._clock = clock

    async def begin(self, poll: Poll) -> Poll:
        return poll.begun(since=poll.since, until=self._clock.now() + SKEW)

    async def page(self, poll: Poll, stretch: Stretch) -> str | None:
        found = await self._invoices.made_in(stretch, after=poll.after, deadline=DEADLINE)
        await self._lost.invoiced(found.items)
        return found.after

    async def over(self, poll: Poll) -> bool:
        log.info("lost_list_read", vendor=poll.processor, subject=poll.subject.value)
        return True
