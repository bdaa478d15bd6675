"""Compares what processors list with what we have, and the other way round, connection by connection (P-6).

No transaction is open while a processor is asked. What the processor has and we don't is taken from it as webhooks and
the sync take it, so that it is recorded once; what only we have is for a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database, Transaction
from checkout.connections import store as connections_store
from checkout.connections.domain import Connection
from checkout.connections.payments import ConnectionPayments, OpenedConnection
from checkout.payments.processors.port import ProcessorFailure, ProcessorRefused
from checkout.processors.domain import CredentialsRefused, ExternalDispute, ExternalPayment
from checkout.transactions import comparison_store, store
from checkout.transactions.comparison import (
    TOO_YOUNG,
    TRIES,
    ComparedState,
    ComparisonPart,
    Discrepancy,
    DiscrepancyKind,
    PaymentComparison,
    agrees,
    discrepancies,
    is_judged,
    is_missed,
)
from checkout.transactions.dispute_comparing import DisputeComparisons, is_settled, unknown_dispute
from checkout.transactions.domain import KnownBy, Sighting, counts
from checkout.transactions.messages import discrepancies_told, not_compared
from checkout.transactions.service import Transactions
from eventbus import Outbox

_DEADLINE: Final = timedelta(seconds=60)
LEASE: Final = timedelta(minutes=10)
_REST: Final = timedelta(seconds=2)
_PAGE: Final = 200


class Comparisons:
    """`work` is for a part that this process has claimed."""

    def __init__(
        self,
        transactions: Transactions,
        payments: ConnectionPayments,
        *,
        database: Database,
        outbox: Outbox,
        clock: Clock,
    ) -> None:
        self._transactions = transactions
        self._disputes = DisputeComparisons(transactions, database=database)
        self._payments = payments
        self._database = database
        self._outbox = outbox
        self._clock = clock

    async def claim(self, most: int) -> Sequence[ComparisonPart]:
        """Parts that are due, for this process."""
        async with self._database.transaction() as tx:
            return await comparison_store.claim(tx, now=self._clock.now(), lease=LEASE, limit=most)

    async def work(self, part: ComparisonPart) -> None:
        """A connection, both ways."""
        run = await comparison_store.get(self._database, part.run_id)
        connection = await connections_store.get(self._database, part.connection_id)
        if run is None:
            return
        if connection is None:
            await self._end(replace(part, state=ComparedState.READ))
            return
        reading = _Reading(run, connection, replace(part, theirs=0, ours=0))
        try:
            opened = await self._payments.opened(connection)
        except ProcessorFailure as failure:
            await self._not_read(reading, failure, str(failure))
            return
        try:
            await self._compare(reading, opened)
        except ProcessorFailure as failure:
            await self._not_read(reading, failure, opened.secrets.without_secrets(str(failure)))

    async def _compare(self, reading: _Reading, opened: OpenedConnection) -> None:
        async with self._database.transaction() as tx:
            await comparison_store.begin(tx, reading.part)
        await self._read_theirs(reading, opened)
        await self._read_ours(reading, opened)
        await self._read_our_disputes(reading, opened)
        await self._end(replace(reading.part, state=ComparedState.READ, trouble=""))

    async def _read_theirs(self, reading: _Reading, opened: OpenedConnection) -> None:
        after: str | None = None
        while True:
            asked_at = self._clock.now()
            page = await opened.processor.list_changed(
                opened.credentials, since=reading.run.since, after=after, deadline=_DEADLINE
            )
            fresh = [each for each in page.payments if each.payment_id not in reading.seen]
            reading.seen.update(each.payment_id for each in fresh)
            await self._judge(reading, fresh, asked_at)
            await self._judge_disputes(reading, page.disputes)
            after = page.after
            if after is None:
                return

    async def _judge(self, reading: _Reading, listed: Sequence[ExternalPayment], asked_at: datetime) -> None:
        judged = [each for each in listed if is_judged(each, until=reading.run.until)]
        known = await store.known(
            self._database, reading.connection, [each.payment_id for each in judged], archived=True
        )
        ledger = await comparison_store.ledger(self._database, [each.transaction_id for each in known.values()])
        found: list[tuple[Sighting, Discrepancy]] = []
        for payment in judged:
            ours, sighting = known.get(payment.payment_id), Sighting(payment=payment, seen_at=asked_at)
            if ours is None and not (is_missed(payment) and counts(sighting, reading.connection)):
                continue
            sums = ledger.get(ours.transaction_id) if ours else None
            found += [(sighting, each) for each in discrepancies(payment, ours, sums)]
        reading.part = replace(reading.part, theirs=reading.part.theirs + len(judged))
        async with self._database.transaction() as tx:
            await self._keep(tx, reading, await self._mended(tx, reading, found))

    async def _mended(
        self, tx: Transaction, reading: _Reading, found: Sequence[tuple[Sighting, Discrepancy]]
    ) -> list[Discrepancy]:
        """Takes the processor's word where that is all that is to be done; what still differs is for a person."""
        told = {each.payment.payment_id: each for each, what in found if what.kind.can_be_mended}
        if reading.run.dry_run or not told:
            return [each for _, each in found]
        recorded = await self._transactions.record_told(tx, reading.connection, list(told.values()), by=KnownBy.SYNC)
        agreeing = {
            each.transaction.payment_id
            for each in recorded
            if agrees(told[each.transaction.payment_id].payment, each.transaction)
        }
        return [replace(each, mended=each.kind.can_be_mended and each.payment_id in agreeing) for _, each in found]

    async def _read_ours(self, reading: _Reading, opened: OpenedConnection) -> None:
        """What moved money here and is not in the list is asked for by its id."""
        after, run = 0, reading.run
        while True:
            until = run.until - TOO_YOUNG
            page = await comparison_store.changed(
                self._database, reading.connection, since=run.since, until=until, after=after, limit=_PAGE
            )
            unlisted = [each for each in page if each.payment_id not in reading.seen]
            unknown = [
                Discrepancy(
                    payment_id=each.payment_id, kind=DiscrepancyKind.UNKNOWN, transaction_id=each.transaction_id
                )
                for each in unlisted
                if not await self._is_there(opened, each.payment_id)
            ]
            reading.part = replace(reading.part, ours=reading.part.ours + len(page))
            async with self._database.transaction() as tx:
                await self._keep(tx, reading, unknown)
            if len(page) < _PAGE:
                return
            after = page[-1].transaction_id

    async def _judge_disputes(self, reading: _Reading, theirs: Sequence[ExternalDispute]) -> None:
        reading.disputes.update(each.dispute_id for each in theirs)
        settled = [each for each in theirs if is_settled(each, reading.run)]
        if not settled:
            return
        async with self._database.transaction() as tx:
            found = await self._disputes.compared(tx, reading.connection, settled, dry_run=reading.run.dry_run)
            await self._keep(tx, reading, found)

    async def _read_our_disputes(self, reading: _Reading, opened: OpenedConnection) -> None:
        """Those that the list does not have are asked for: one that was lost moves no money."""
        for kept in await self._disputes.ours(reading.connection, reading.run):
            if kept.dispute.dispute_id in reading.disputes:
                continue
            theirs = await opened.find_dispute(kept.dispute.dispute_id, deadline=_DEADLINE)
            if theirs is not None:
                await self._judge_disputes(reading, [theirs])
                continue
            async with self._database.transaction() as tx:
                await self._keep(tx, reading, [unknown_dispute(kept)])

    async def _is_there(self, opened: OpenedConnection, payment_id: str) -> bool:
        try:
            await opened.processor.read_payment(opened.credentials, payment_id, deadline=_DEADLINE)
        except CredentialsRefused:
            raise
        except ProcessorRefused:
            return False
        return True

    async def _keep(self, tx: Transaction, reading: _Reading, found: Sequence[Discrepancy]) -> None:
        """Another page: it is kept, told, and the part is this process's for longer."""
        now = self._clock.now()
        news = await comparison_store.add_found(tx, reading.part, found, now=now)
        await comparison_store.keep(tx, reading.part, now=now, due_at=now + LEASE)
        if not reading.run.dry_run:
            told = [each for each in found if each.payment_id in news]
            await self._outbox.publish(tx, *discrepancies_told(reading.part, told, at=now))

    async def _not_read(self, reading: _Reading, failure: ProcessorFailure, reason: str) -> None:
        """Refused is refused; what else went wrong may be over in a moment."""
        part, now = replace(reading.part, tries=reading.part.tries + 1, trouble=reason), self._clock.now()
        if isinstance(failure, ProcessorRefused) or part.tries >= TRIES:
            await self._end(replace(part, state=ComparedState.UNREADABLE), told=not reading.run.dry_run)
            return
        async with self._database.transaction() as tx:
            await comparison_store.keep(tx, part, now=now, due_at=now + _REST)

    async def _end(self, part: ComparisonPart, *, told: bool = False) -> None:
        now = self._clock.now()
        async with self._database.transaction() as tx:
            await comparison_store.keep(tx, part, now=now, due_at=None)
            if told:
                await self._outbox.publish(tx, not_compared(part, at=now))


class _Reading:
    """A part that is being compared: what was listed is kept by its ids only."""

    def __init__(self, run: PaymentComparison, connection: Connection, part: ComparisonPart) -> None:
        self.run = run
        self.connection = connection
        self.part = part
        self.seen: set[str] = set()
        self.disputes: set[str] = set()
