"""Takes a collection by an invoice: made once, sent by Stripe, and paid when the provider wants (P-7)."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

from chassis.clock import Clock
from chassis.crashpoints import crashpoint
from chassis.database import Database
from checkout.commission import customer_store
from checkout.commission.debiting import DEADLINE, Debiting
from checkout.commission.domain import Collection
from checkout.commission.invoice import Invoice, InvoiceStatus
from checkout.commission.invoices import StripeInvoices
from checkout.commission.naming import group_of
from checkout.commission.service import Collections
from checkout.payments.processors.port import ProcessorFailed, ProcessorRefused, ProcessorUncertain
from checkout.processors.domain import CredentialsRefused
from checkout.providers import store as providers_store
from checkout.providers.domain import Provider

_GONE: Final = "resource_missing"


class Invoicing:
    """Its methods raise ProcessorFailure."""

    def __init__(
        self,
        collections: Collections,
        *,
        database: Database,
        invoices: StripeInvoices,
        debiting: Debiting,
        clock: Clock,
    ) -> None:
        self._collections = collections
        self._database = database
        self._invoices = invoices
        self._debiting = debiting
        self._clock = clock

    async def can_reach(self, collection: Collection) -> bool:
        """Whether the provider has an address for it."""
        return await self._provider(collection) is not None

    async def is_open_already(self, pending: Collection) -> bool:
        """Whether one is there that counts for it: a restored database may not know of it.

        One that is known to have failed is ended, before the collection is tried again in whatever way.
        """
        customer_id = await self._known_customer(pending, await self._provider(pending))
        if customer_id is None:
            return False
        found = await self._invoices.find(customer_id, group_of(pending), deadline=DEADLINE)
        if found is None:
            return False
        if found.status is InvoiceStatus.DRAFT or (found.invoice_id == pending.invoice_id and not found.paid):
            await self._invoices.end(found, deadline=DEADLINE)
            return False
        return True

    async def ask(self, started: Collection) -> None:
        """Makes and sends it where that was not done, and looks what became of it."""
        try:
            found = await (self._known(started) if started.invoice_id else self._sent(started))
        except CredentialsRefused as refused:
            raise ProcessorUncertain(str(refused)) from refused
        except ProcessorRefused as refused:
            if refused.code == _GONE:
                # Somebody else was at it, and has ended its draft: another one is made, under another key.
                raise ProcessorFailed(str(refused)) from refused
            async with self._database.transaction() as tx:
                await self._collections.fail(tx, started, cause=refused.code, reason=str(refused))
            return
        if found is not None:
            crashpoint("checkout.after_collection")
            await self._applied(started, found)

    async def look_again(self, failed: Collection) -> None:
        """One that has failed may be paid after all."""
        if failed.invoice_id is not None:
            await self._applied(failed, await self._known(failed))

    async def _known(self, collection: Collection) -> Invoice:
        return await self._invoices.read(str(collection.invoice_id), deadline=DEADLINE)

    async def _sent(self, started: Collection) -> Invoice | None:
        """The invoice, once it was mailed; None where the money was debited before."""
        customer_id = await self._customer(started)
        found = await self._invoices.find(customer_id, group_of(started), deadline=DEADLINE)
        if found is None:
            if await self._debiting.was_taken(started):
                return None
            crashpoint("checkout.before_collection")
            found = await self._invoices.draft(started, customer_id, group=group_of(started), deadline=DEADLINE)
        if found.status is InvoiceStatus.DRAFT:
            found = await self._finished(started, customer_id, found)
        if found.status is InvoiceStatus.OPEN:
            found = await self._invoices.send(started, found, deadline=DEADLINE)
        return found

    async def _finished(self, started: Collection, customer_id: str, draft: Invoice) -> Invoice:
        """With its amount, and open. A draft of another amount is one that a restored database has forgotten."""
        if draft.total == 0:
            await self._invoices.add_amount(started, customer_id, draft, deadline=DEADLINE)
            draft = await self._invoices.read(draft.invoice_id, deadline=DEADLINE)
        if draft.total != started.amount:
            await self._invoices.end(draft, deadline=DEADLINE)
            raise ProcessorUncertain("the draft asks for another amount")
        return await self._invoices.open(started, draft, deadline=DEADLINE)

    async def _applied(self, collection: Collection, found: Invoice) -> None:
        now = self._clock.now()
        async with self._database.transaction() as tx:
            if (received := found.received) is not None:
                await self._collections.complete(tx, collection.collection_id, received, invoice=found)
            elif (failure := found.failure(now)) is not None:
                cause, reason = failure
                await self._collections.fail(
                    tx, collection, cause=cause, reason=reason, invoice=found, again_in=found.rest(now)
                )
            else:
                await self._collections.invoiced(tx, collection.collection_id, found, again_in=found.rest(now))

    async def _customer(self, started: Collection) -> str:
        provider = await self._provider(started)
        if provider is None:
            raise ProcessorUncertain("the provider has no address any more")
        known = await self._known_customer(started, provider)
        if known is not None:
            return known
        whose, address = _whose(started), sha256(provider.email.encode()).hexdigest()[:16]
        key = f"{whose}-{address}-{started.key_number}"
        made = await self._invoices.make_customer(whose, provider.email, provider.name, key=key, deadline=DEADLINE)
        await customer_store.keep(self._database, started, made, provider.email)
        return made

    async def _known_customer(self, collection: Collection, provider: Provider | None) -> str | None:
        """As it is kept, or, after a restore, as Stripe finds it; with the address that the provider has now."""
        kept = await customer_store.get(self._database, collection)
        if provider is None:
            return kept[0] if kept else None
        if kept is None:
            found = await self._invoices.find_customer(_whose(collection), provider.email, deadline=DEADLINE)
        elif kept[1] == provider.email:
            return kept[0]
        else:
            found = kept[0]
            await self._invoices.move_customer(found, provider.email, deadline=DEADLINE)
        if found is not None:
            await customer_store.keep(self._database, collection, found, provider.email)
        return found

    async def _provider(self, collection: Collection) -> Provider | None:
        found = await providers_store.get(self._database, collection.provider_id)
        return found if found is not None and found.email else None


def _whose(collection: Collection) -> str:
    """Whom a customer stands for: a customer of Stripe's has one currency."""
    return f"commission-{collection.mark}-{collection.provider_id}-{collection.currency}"
