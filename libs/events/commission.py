"""Events of the commission that providers owe (P-7)."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import MinorUnits
from events.payments import PaymentEvent


class CommissionEvent(PaymentEvent):
    """What becomes of the commission that a provider owes (P-7). The key is the provider's id."""

    collection_id: Annotated[int, Field(description="the collection")]
    version: Annotated[int, Field(description="grows with each change of the collection")]
    provider_id: Annotated[int, Field(description="who owes it")]
    amount: Annotated[MinorUnits, Field(description="what is collected")]
    currency: Annotated[str, Field(description="ISO 4217")]
    way: Annotated[str | None, Field(description="debit or invoice")] = None
    occurred_at: Annotated[AwareDatetime, Field(description="when, by the processor's clock where it has decided")]

    @property
    def key(self) -> str:
        return str(self.provider_id)


class PaymentCommissionBlocked(CommissionEvent):
    """A collection waits: its provider's account can't be debited, and has no address for an invoice."""

    type: ClassVar[str] = "fullhouse.payment.commission_blocked.v1"

    reason: Annotated[str, Field(description="why the account can't be debited, such as no_account")]


class PaymentCommissionStarted(CommissionEvent):
    """The platform's processor is asked to take a collection."""

    type: ClassVar[str] = "fullhouse.payment.commission_started.v1"


class PaymentCommissionInvoiced(CommissionEvent):
    """The platform's processor has sent its provider an invoice."""

    type: ClassVar[str] = "fullhouse.payment.commission_invoiced.v1"

    invoice_number: Annotated[str | None, Field(description="the processor's number of its invoice")] = None
    payable_until: Annotated[AwareDatetime, Field(description="by when it is to be paid")]


class PaymentCommissionCollected(CommissionEvent):
    """A collection was taken."""

    type: ClassVar[str] = "fullhouse.payment.commission_collected.v1"

    invoice_number: Annotated[str | None, Field(description="the processor's number of its invoice")] = None
    transactions: Annotated[int, Field(description="of how many external transactions it is")]
    volume: Annotated[MinorUnits, Field(description="what was paid there, less what went back")]
    commission: Annotated[MinorUnits, Field(description="the platform's share of that")]
    at_source: Annotated[MinorUnits, Field(description="what of it the processors had kept back")]
    period_from: Annotated[AwareDatetime, Field(description="when the first of it happened")]
    period_to: Annotated[AwareDatetime, Field(description="before when all of it did")]


class PaymentCommissionWentBack(CommissionEvent):
    """Money of a collection that was taken went back at the platform's processor, or is asked back, or came again.

    What is not the platform's any more is due again with the next collection; what a credit note forgives is not.
    """

    type: ClassVar[str] = "fullhouse.payment.commission_went_back.v1"

    invoice_number: Annotated[str | None, Field(description="the processor's number of its invoice")] = None
    kind: Annotated[str, Field(description="refund, dispute or credit_note")]
    state: Annotated[
        str, Field(description="done, failed; inquiry, open, won, lost; issued, void: where that stands since")
    ]
    source_id: Annotated[str, Field(description="the processor's id of it")]


class PaymentCommissionFailed(CommissionEvent):
    """A collection was refused: nothing was taken, and nothing is until somebody tries again."""

    type: ClassVar[str] = "fullhouse.payment.commission_failed.v1"

    invoice_number: Annotated[str | None, Field(description="the processor's number of its invoice")] = None
    cause: Annotated[str, Field(description="the processor's own code, such as insufficient_funds")]
    reason: Annotated[str, Field(description="the same as a sentence")]
