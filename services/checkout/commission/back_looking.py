"""Asks Stripe what went back of commission that was collected, outside of any transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.database import Database, Transaction
from chassis.due_rows import DueRows
from chassis.telemetry import get_logger
from checkout.commission import back_store
from checkout.commission.back_store import DueBack
from checkout.commission.backs import CollectionBack, backs_of
from checkout.commission.domain import pause_after
from checkout.commission.invoice_backs import StripeInvoiceBacks
from checkout.commission.returning import Returning
from checkout.payments.processors.port import ProcessorFailure
from checkout.processors.stripe_backs import StripeBacks

log = get_logger()

_AT_ONCE: Final = 4
# For a debit two calls, for an invoice two of each payment and two more.
_LEASE: Final = timedelta(minutes=3)
_DEADLINE: Final = timedelta(seconds=20)


class CollectionLooks:
    """`due` is kept by the service's background; a process that dies leaves the row to others."""

    def __init__(
        self,
        returning: Returning,
        *,
        database: Database,
        invoices: StripeInvoiceBacks,
        lists: StripeBacks,
        poll: timedelta,
    ) -> None:
        self._returning = returning
        self._database = database
        self._invoices = invoices
        self._lists = lists
        self.due: DueRows[DueBack] = DueRows(
            "money back of commission", claim=self.claim, work=self.look, at_once=_AT_ONCE, poll=poll
        )

    async def make_due(self, tx: Transaction, processor: str, payment_id: str) -> bool:  # noqa: ARG002 Stripe alone collects
        """What went back of a payment is asked for at once; False where it paid no collection."""
        return self._woken(tx, ours=await back_store.make_payment_due(tx, payment_id))

    async def make_invoice_due(self, tx: Transaction, invoice_id: str) -> bool:
        """The same of an invoice; False where it is for no collection."""
        return self._woken(tx, ours=await back_store.make_invoice_due(tx, invoice_id))

    def _woken(self, tx: Transaction, *, ours: bool) -> bool:
        if ours:
            tx.after_commit(self.due.wake)
        return ours

    async def claim(self, most: int) -> Sequence[DueBack]:
        """Those of which somebody has to ask, for this process."""
        async with self._database.transaction() as tx:
            return await back_store.claim_due(tx, limit=most, lease=_LEASE)

    async def look(self, due: DueBack) -> None:
        """Asks about one that was claimed; where there is no answer, again later."""
        try:
            payment_ids = await self._payments(due)
            told = await self._told(due, payment_ids)
        except ProcessorFailure as failure:
            log.info("money_back_unread", payment=due.charge_id or due.invoice_id or "", reason=str(failure))
            async with self._database.transaction() as tx:
                await back_store.looked(tx, due, again_in=pause_after(due.looks))
            return
        async with self._database.transaction() as tx:
            await self._returning.follow(tx, due.collection_id, payment_ids, told)
            await back_store.looked(tx, due)

    async def _payments(self, due: DueBack) -> Sequence[str]:
        """A debit alone, where there was one: no invoice was paid then."""
        if due.charge_id is not None:
            return [due.charge_id]
        return await self._invoices.payments(due.invoice_id, deadline=_DEADLINE) if due.invoice_id else []

    async def _told(self, due: DueBack, payment_ids: Sequence[str]) -> Sequence[CollectionBack]:
        found: list[CollectionBack] = []
        for payment_id in payment_ids:
            found += backs_of(await self._lists.of_payment(payment_id, deadline=_DEADLINE))
        if due.charge_id is None and due.invoice_id is not None:
            found += await self._invoices.credit_notes(due.invoice_id, deadline=_DEADLINE)
        return found
