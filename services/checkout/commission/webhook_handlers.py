"""What Stripe tells of invoices of commission: its words only say that it is time to ask (P-7).

Webhooks may come twice, late, or out of order; what Stripe answers when it is asked decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from chassis.database import Transaction
from checkout.commission import store
from checkout.commission.back_looking import CollectionLooks
from checkout.commission.invoices import GROUP
from checkout.commission.naming import CollectionName
from checkout.webhooks.domain import Incoming, Outcome
from checkout.webhooks.sources import Handler

TYPES: Final = (
    "invoice.marked_uncollectible",
    "invoice.overdue",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.voided",
)


CREDITED: Final = ("credit_note.created", "credit_note.voided")


class CollectionHandlers:
    """`wake`: tells the worker that some are due; `looks`: ask what went back of their invoices."""

    def __init__(self, *, wake: Callable[[], None], looks: CollectionLooks) -> None:
        self._wake = wake
        self._looks = looks

    def table(self) -> Mapping[str, Handler]:
        """The handler of each type."""
        return {**dict.fromkeys(TYPES, self._told), **dict.fromkeys(CREDITED, self._credited)}

    async def _credited(self, tx: Transaction, incoming: Incoming) -> Outcome:
        return Outcome(ours=await self._looks.make_invoice_due(tx, str(incoming.subject.get("invoice"))))

    async def _told(self, tx: Transaction, incoming: Incoming) -> Outcome:
        name = CollectionName.read((incoming.subject.get("metadata") or {}).get(GROUP))
        if name is None or not await store.make_told_due(tx, name):
            return Outcome(ours=False)
        tx.after_commit(self._wake)
        return Outcome()
