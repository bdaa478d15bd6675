"""An invoice of a collection, as Stripe has it, and what that means (P-7). Pure.

draft ──► open ──► paid | void | uncollectible;   uncollectible ──► paid | void
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from checkout.commission.domain import Received

# A webhook says at once what became of it; this is for those that don't come.
_LOOKED_AT_AGAIN: Final = timedelta(hours=6)
_SOON: Final = timedelta(minutes=1)


class InvoiceStatus(StrEnum):
    """As Stripe says."""

    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


PAYABLE: Final = frozenset({InvoiceStatus.OPEN, InvoiceStatus.UNCOLLECTIBLE})
_FAILURES: Final = MappingProxyType(
    {
        InvoiceStatus.VOID: ("invoice_voided", "The invoice was voided at Stripe."),
        InvoiceStatus.UNCOLLECTIBLE: ("invoice_uncollectible", "The invoice was given up as uncollectible at Stripe."),
    }
)
_OVERDUE: Final = ("invoice_overdue", "The invoice is overdue; it can still be paid.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """Money that a provider is asked for.

    invoice_id, number, url: Stripe's; without the latter two it was not finalized
    status: where it stands
    total: what it asks for
    paid: what has come
    due_at: by when it is to be paid
    ended_at: when it was paid, or voided
    """

    invoice_id: str
    number: str | None
    url: str | None
    status: InvoiceStatus
    total: int
    paid: int
    due_at: datetime
    ended_at: datetime | None

    @property
    def counts(self) -> bool:
        """Whether it may bring money, or has."""
        return self.status is not InvoiceStatus.VOID or self.paid > 0

    @property
    def received(self) -> Received | None:
        """What it brought in the end; None while it may bring more, and for nothing.

        One that was voided after a part was paid has brought that part.
        """
        over = self.status is InvoiceStatus.PAID or (self.status is InvoiceStatus.VOID and self.paid > 0)
        return Received(amount=self.paid, at=self.ended_at) if over and self.ended_at is not None else None

    def failure(self, now: datetime) -> tuple[str, str] | None:
        """Why it brings nothing so far, as a code and as a sentence; None while it may rightly stand."""
        if self.status is InvoiceStatus.OPEN and now > self.due_at:
            return _OVERDUE
        return _FAILURES.get(self.status)

    def rest(self, now: datetime) -> timedelta | None:
        """How long until Stripe is asked about it again; None when no money can come any more."""
        if self.status not in PAYABLE:
            return None
        left = self.due_at - now + _SOON
        return min(_LOOKED_AT_AGAIN, left) if left > _SOON else _LOOKED_AT_AGAIN
