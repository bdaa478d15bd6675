"""Reads what connected accounts took at their processors, page by page (P-6).

No transaction is open while a processor is asked, and no more than a page is kept in memory. What webhooks have told of
meets what is read on the payment's id; what they should have told of and did not is a gap, which is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Final

from chassis.clock import Clock
from chassis.database import Database, Transaction
from chassis.telemetry import get_logger
from checkout.connections import store as connections_store
from checkout.connections.domain import Connection
from checkout.connections.payments import ConnectionPayments, OpenedConnection
from checkout.connections.service import look_soon, note_sync
from checkout.payments.processors.port import ProcessorFailure, ProcessorRefused
from checkout.processors.domain import ChangedPayments, CredentialsRefused
from checkout.transactions import dispute_store, sync_store
from checkout.transactions.domain import KnownBy, RecordedPayment, Sighting
from checkout.transactions.messages import gap_filled
from checkout.transactions.service import Transactions
from checkout.transactions.sync import TransactionSync, has_moved, is_late, place_of
from eventbus import Outbox

log = get_logger()

# A page may be a hundred payments that are asked for one by one.
_DEADLINE: Final = timedelta(seconds=60)
LEASE: Final = timedelta(minutes=10)
_MOST_DISPUTES: Final = 50
_MOST_BACKS: Final = 50


class TransactionSyncs:
    """`work` is for one that this process has claimed."""

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
        self._payments = payments
        self._database = database
        self._outbox = outbox
        self._clock = clock

    async def claim(self, most: int) -> Sequence[TransactionSync]:
        """Those that are due, for this process."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            await sync_store.cover(tx, now=now)
            return await sync_store.claim(tx, now=now, lease=LEASE, limit=most)

    async def work(self, claimed: TransactionSync) -> None:
        """Reads to the end of the list, as long as nobody else does."""
        connection = await connections_store.get(self._database, claimed.connection_id)
        left = claimed if connection is not None else None
        while connection is not None and left is not None:
            left = await self._step(connection, left)

    async def _step(self, connection: Connection, claimed: TransactionSync) -> TransactionSync | None:
        """Reads another page; None when nothing is left to do."""
        asked_at = self._clock.now()
        sync = claimed.begun(asked_at)
        page = await self._page(connection, sync)
        if page is None:
            return None
        async with self._database.transaction() as tx:
            told = [Sighting(payment=each, seen_at=asked_at) for each in page.payments]
            recorded = await self._transactions.record_told(tx, connection, told, by=KnownBy.SYNC)
            disputes = await self._transactions.record_disputes(tx, connection, page.disputes, by=KnownBy.SYNC)
            late = [each for each in recorded if is_late(connection, each.transaction.changed_at, asked_at=asked_at)]
            untold = [each for each in disputes if is_late(connection, each.changed_at, asked_at=asked_at)]
            after = sync.read(
                len(told),
                missing=_missing(late),
                outdated=_outdated(late) + len(untold),
                after=page.after,
                claimed_until=self._clock.now() + LEASE,
            )
            if page.after is None:
                await self._end(tx, connection, sync, after, tells_disputes=page.tells_disputes)
                return None
            return after if await sync_store.keep(tx, sync, after) else None

    async def _end(
        self,
        tx: Transaction,
        connection: Connection,
        claimed: TransactionSync,
        read: TransactionSync,
        *,
        tells_disputes: bool,
    ) -> None:
        now = self._clock.now()
        if not await sync_store.keep(tx, claimed, read.ended(now)):
            return
        await note_sync(tx, connection.connection_id, now, tells_disputes=tells_disputes)
        if read.has_gap:
            await self._outbox.publish(tx, gap_filled(connection, read, at=now))
            tx.after_commit(partial(_say_gap, read))

    async def _page(self, connection: Connection, sync: TransactionSync) -> ChangedPayments | None:
        """None when its processor does not give it."""
        try:
            opened = await self._payments.opened(connection)
        except ProcessorFailure as failure:
            await self._failed(connection, sync, failure, str(failure))
            return None
        try:
            if sync.looked_back_to is not None:
                return await self._given_back(connection, opened, sync.looked_back_to)
            page = await opened.processor.list_changed(
                opened.credentials,
                since=sync.since - opened.processor.abilities.list_lag,
                after=sync.after,
                deadline=_DEADLINE,
            )
            if page.after:
                return page
            goes_on = sync.looks_back and opened.processor.abilities.refunds_fail_within is not None
            page = await self._with_undecided(connection, opened, page)
            return replace(page, after=place_of(0)) if goes_on else page
        except ProcessorFailure as failure:
            await self._failed(connection, sync, failure, opened.secrets.without_secrets(str(failure)))
            return None

    async def _given_back(self, connection: Connection, opened: OpenedConnection, after: int) -> ChangedPayments:
        """Payments of which something went back lately, as they are now: in no list is a refund again that fails."""
        since = self._clock.now() - (opened.processor.abilities.refunds_fail_within or timedelta(0))
        known = await sync_store.given_back(self._database, connection, since=since, after=after, most=_MOST_BACKS)
        found = [await opened.find_payment(each, deadline=_DEADLINE) for _, each in known]
        return ChangedPayments(
            payments=tuple(each for each in found if each is not None),
            after=place_of(known[-1][0]) if len(known) == _MOST_BACKS else None,
            tells_disputes=connection.tells_disputes,
        )

    async def _with_undecided(
        self, connection: Connection, opened: OpenedConnection, page: ChangedPayments
    ) -> ChangedPayments:
        """With disputes that are open as far as we know: one that is lost moves no money, and may be in no list."""
        listed = {each.dispute_id for each in page.disputes}
        undecided = await dispute_store.undecided(self._database, connection, most=_MOST_DISPUTES)
        found = [await opened.find_dispute(each, deadline=_DEADLINE) for each in undecided if each not in listed]
        return replace(page, disputes=(*page.disputes, *(each for each in found if each is not None)))

    async def _failed(
        self, connection: Connection, sync: TransactionSync, failure: ProcessorFailure, reason: str
    ) -> None:
        """A place in the list that the processor has forgotten is no reason to stop there for good."""
        now = self._clock.now()
        lost = isinstance(failure, ProcessorRefused) and sync.after is not None
        after = sync.failed(now, reason, from_the_beginning=lost)
        log.warning(
            "sync_failed", connection_id=connection.connection_id, processor=connection.processor, reason=reason
        )
        async with self._database.transaction() as tx:
            await sync_store.keep(tx, sync, after)
            if isinstance(failure, CredentialsRefused):
                await look_soon(tx, connection.connection_id, now)


def _missing(late: Sequence[RecordedPayment]) -> int:
    return sum(each.before is None for each in late)


def _outdated(late: Sequence[RecordedPayment]) -> int:
    return sum(each.before is not None and has_moved(each.before, each.transaction) for each in late)


def _say_gap(sync: TransactionSync) -> None:
    log.warning("sync_gap_filled", connection_id=sync.connection_id, missing=sync.missing, outdated=sync.outdated)
