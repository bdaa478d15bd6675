"""Collects what is due: Stripe is asked outside of any transaction, first whether it was done (P-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.crashpoints import crashpoint
from chassis.database import Database
from chassis.due_rows import DueRows
from checkout.commission import store
from checkout.commission.debits import StripeDebits
from checkout.commission.domain import (
    Collection,
    CollectionBlock,
    CollectionState,
    Debit,
    DebitableAccount,
    DebitStatus,
    group_of,
)
from checkout.commission.service import Collections
from checkout.connections import store as connections_store
from checkout.payments.processors.port import ProcessorFailed, ProcessorFailure, ProcessorRefused, ProcessorUncertain
from checkout.payments.processors.trying import AnswerKept
from checkout.processors.domain import CredentialsRefused

_AT_ONCE: Final = 4
_DEADLINE: Final = timedelta(seconds=20)
# Of three calls, one after the other.
LEASE: Final = 3 * _DEADLINE + timedelta(seconds=10)
_STRIPE: Final = "stripe"
_NO_ACCESS: Final = frozenset({403, 404})


class Collector:
    """`due` is kept by the service's background. A process that dies leaves the row to others."""

    def __init__(self, collections: Collections, *, database: Database, debits: StripeDebits, poll: timedelta) -> None:
        self._collections = collections
        self._database = database
        self._debits = debits
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
            started = await self._started(collection)
            if started is not None:
                await self._debited(started)
        except ProcessorFailure as failure:
            async with self._database.transaction() as tx:
                new_key = isinstance(failure, ProcessorFailed | AnswerKept)
                await self._collections.ask_again(tx, collection.collection_id, new_key=new_key)

    async def _started(self, collection: Collection) -> Collection | None:
        """The collection under way; None when it is not, for the account can't be charged."""
        if collection.state is CollectionState.PROCESSING:
            return collection
        account_id = await self._account_of(collection)
        block = await self._block(account_id, collection)
        async with self._database.transaction() as tx:
            if account_id is not None and block is None:
                return await self._collections.start(tx, collection.collection_id, account_id, lease=LEASE)
            await self._collections.block(tx, collection.collection_id, block or CollectionBlock.NO_ACCOUNT)
        return None

    async def _account_of(self, collection: Collection) -> str | None:
        found = await connections_store.of_provider(self._database, collection.provider_id)
        return next((each.account_id for each in found if each.processor == _STRIPE), None)

    async def _block(self, account_id: str | None, collection: Collection) -> CollectionBlock | None:
        if account_id is None:
            return CollectionBlock.NO_ACCOUNT
        account = await self._read(account_id)
        return CollectionBlock.NO_ACCESS if account is None else account.block(collection.currency)

    async def _read(self, account_id: str) -> DebitableAccount | None:
        """None for an account that is not connected to ours, or not any more."""
        try:
            return await self._debits.account(account_id, deadline=_DEADLINE)
        except ProcessorRefused as refused:
            if refused.status in _NO_ACCESS:
                return None
            raise ProcessorUncertain(str(refused)) from refused

    async def _debited(self, started: Collection) -> None:
        group = group_of(started)
        try:
            debit = await self._debits.find(group, deadline=_DEADLINE)
            crashpoint("checkout.before_collection")
            debit = debit or await self._debits.take(started, group=group, deadline=_DEADLINE)
        except CredentialsRefused as refused:
            raise ProcessorUncertain(str(refused)) from refused
        except ProcessorRefused as refused:
            async with self._database.transaction() as tx:
                await self._collections.fail(tx, started, cause=refused.code, reason=str(refused))
            return
        crashpoint("checkout.after_collection")
        await self._decided(started, debit)

    async def _decided(self, started: Collection, debit: Debit) -> None:
        async with self._database.transaction() as tx:
            if debit.status is DebitStatus.SUCCEEDED:
                await self._collections.complete(tx, started.collection_id, debit)
            elif debit.status is DebitStatus.FAILED:
                await self._collections.fail(tx, started, cause=debit.cause, reason=debit.reason)
            else:
                await self._collections.ask_again(tx, started.collection_id)
