"""What Stripe has that a database that comes from a backup may have forgotten (P-7). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from checkout.commission.domain import CollectionWay
from checkout.commission.invoice import Invoice, InvoiceStatus
from checkout.commission.naming import CollectionName


@dataclass(frozen=True, slots=True, kw_only=True)
class LostCollection:
    """A collection that was asked for.

    name: which
    way: how
    amount: what was asked for, in minor units
    asked_at: when, by Stripe's clock
    invoice: by which; None for a debit
    """

    name: CollectionName
    way: CollectionWay
    amount: int
    asked_at: datetime
    invoice: Invoice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LostInvoice:
    """An invoice of a collection.

    name: of which
    customer_id, email: whom it asks, and at what address
    asked_at: when it was made, by Stripe's clock
    invoice: itself
    """

    name: CollectionName
    customer_id: str
    email: str
    asked_at: datetime
    invoice: Invoice

    @property
    def collection(self) -> LostCollection | None:
        """What it asks for; None where nobody was asked, or is any more."""
        if self.invoice.status is InvoiceStatus.DRAFT or not self.invoice.counts:
            return None
        return LostCollection(
            name=self.name,
            way=CollectionWay.INVOICE,
            amount=self.invoice.total,
            asked_at=self.asked_at,
            invoice=self.invoice,
        )
