"""Takes a collection by a debit of the provider's account: one call, decided at once (P-7)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.crashpoints import crashpoint
from chassis.database import Database
from checkout.commission.debits import StripeDebits
from checkout.commission.domain import Collection, CollectionBlock, Debit, DebitableAccount, DebitStatus
from checkout.commission.naming import group_of
from checkout.commission.service import Collections
from checkout.connections import store as connections_store
from checkout.payments.processors.port import ProcessorRefused, ProcessorUncertain
from checkout.processors.domain import CredentialsRefused

DEADLINE: Final = timedelta(seconds=20)
_STRIPE: Final = "stripe"
_NO_ACCESS: Final = frozenset({403, 404})


class Debiting:
    """Its methods raise ProcessorFailure."""

    def __init__(self, collections: Collections, *, database: Database, debits: StripeDebits) -> None:
        self._collections = collections
        self._database = database
        self._debits = debits

    async def account_of(self, collection: Collection) -> tuple[str | None, CollectionBlock | None]:
        """The provider's account at Stripe, and why it can't be debited; None when it can."""
        found = await connections_store.of_provider(self._database, collection.provider_id)
        account_id = next((each.account_id for each in found if each.processor == _STRIPE), None)
        if account_id is None:
            return None, CollectionBlock.NO_ACCOUNT
        account = await self._read(account_id)
        return account_id, CollectionBlock.NO_ACCESS if account is None else account.block(collection.currency)

    async def _read(self, account_id: str) -> DebitableAccount | None:
        """None for an account that is not connected to ours, or not any more."""
        try:
            return await self._debits.account(account_id, deadline=DEADLINE)
        except ProcessorRefused as refused:
            if refused.status in _NO_ACCESS:
                return None
            raise ProcessorUncertain(str(refused)) from refused

    async def take(self, started: Collection) -> None:
        """Looks whether it was done, and does it."""
        group = group_of(started)
        try:
            debit = await self._debits.find(group, deadline=DEADLINE)
            crashpoint("checkout.before_collection")
            debit = debit or await self._debits.take(started, group=group, deadline=DEADLINE)
        except CredentialsRefused as refused:
            raise ProcessorUncertain(str(refused)) from refused
        except ProcessorRefused as refused:
            async with self._database.transaction() as tx:
                await self._collections.fail(tx, started, cause=refused.code, reason=str(refused))
            return
        crashpoint("checkout.after_collection")
        await self._decided(started, debit)

    async def was_taken(self, started: Collection) -> bool:
        """Whether a debit was made that is not known here: then it is what becomes of the collection."""
        debit = await self._debits.find(group_of(started), deadline=DEADLINE)
        if debit is not None:
            await self._decided(started, debit)
        return debit is not None

    async def _decided(self, started: Collection, debit: Debit) -> None:
        async with self._database.transaction() as tx:
            if debit.status is DebitStatus.SUCCEEDED:
                await self._collections.complete(tx, started.collection_id, debit.received)
            elif debit.status is DebitStatus.FAILED:
                await self._collections.fail(tx, started, cause=debit.cause, reason=debit.reason)
            else:
                await self._collections.ask_again(tx, started.collection_id)
