"""Collects what is due: Stripe is asked outside of any transaction, first whether it was done (P-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.database import Database
from chassis.due_rows import DueRows
from checkout.commission import store
from checkout.commission.debiting import DEADLINE, Debiting
from checkout.commission.domain import Collection, CollectionBlock, CollectionState, CollectionWay
from checkout.commission.invoicing import Invoicing
from checkout.commission.service import Collections
from checkout.payments.processors.port import ProcessorFailed, ProcessorFailure
from checkout.payments.processors.trying import AnswerKept

_AT_ONCE: Final = 4
# Of the most calls that one after the other are made for a collection: an invoice for a new customer.
_CALLS: Final = 9
LEASE: Final = _CALLS * DEADLINE + timedelta(seconds=10)


class Collector:
    """`due` is kept by the service's background. A process that dies leaves the row to others."""

    def __init__(
        self,
        collections: Collections,
        *,
        database: Database,
        debiting: Debiting,
        invoicing: Invoicing,
        poll: timedelta,
    ) -> None:
        self._collections = collections
        self._database = database
        self._debiting = debiting
        self._invoicing = invoicing
        self.due: DueRows[Collection] = DueRows(
            "collections of commission", claim=self.claim, work=self.settle, at_once=_AT_ONCE, poll=poll
        )

    async def claim(self, room: int) -> Sequence[Collection]:
        """Those that are due, for this process."""
        async with self._database.transaction() as tx:
            return await store.claim_due(tx, limit=room, lease=LEASE)

    async def settle(self, collection: Collection) -> None:
        """Goes on with one that was claimed, as far as it goes now."""
        try:
            await self._go_on(collection)
        except ProcessorFailure as failure:
            async with self._database.transaction() as tx:
                new_key = isinstance(failure, ProcessorFailed | AnswerKept)
                await self._collections.ask_again(tx, collection.collection_id, new_key=new_key)

    async def _go_on(self, collection: Collection) -> None:
        if collection.state is CollectionState.FAILED:
            await self._invoicing.look_again(collection)
            return
        pending = collection.state is CollectionState.PENDING
        if pending and collection.amount == 0 and not await self._invoicing.is_open_already(collection):
            await self._close(collection)
            return
        started = await self._started(collection) if pending else collection
        if started is None:
            return
        if started.way is CollectionWay.INVOICE:
            await self._invoicing.ask(started)
        else:
            await self._debiting.take(started)

    async def _close(self, collection: Collection) -> None:
        """Nothing is to be taken; of its number something may have been, before an earlier database came back."""
        if await self._debiting.was_taken(collection):
            return
        async with self._database.transaction() as tx:
            await self._collections.close(tx, collection.collection_id)

    async def _started(self, pending: Collection) -> Collection | None:
        """The collection under way: by a debit where that can be, else by an invoice; None when neither can."""
        if await self._invoicing.is_open_already(pending):
            return await self._start(pending, CollectionWay.INVOICE)
        account_id, block = await self._debiting.account_of(pending)
        if block is None:
            return await self._start(pending, CollectionWay.DEBIT, account_id=account_id)
        if await self._invoicing.can_reach(pending):
            return await self._start(pending, CollectionWay.INVOICE, block=block)
        async with self._database.transaction() as tx:
            await self._collections.block(tx, pending.collection_id, block)
        return None

    async def _start(
        self,
        pending: Collection,
        way: CollectionWay,
        *,
        account_id: str | None = None,
        block: CollectionBlock | None = None,
    ) -> Collection | None:
        async with self._database.transaction() as tx:
            return await self._collections.start(
                tx, pending.collection_id, way, account_id=account_id, block=block, lease=LEASE
            )
