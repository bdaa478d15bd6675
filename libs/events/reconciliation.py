"""Events of what a comparison with processors has mended, and of what it could not."""

from __future__ import annotations

from typing import Annotated, ClassVar, Final
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.base import OrderId, Vocabulary, words_of
from events.payments import PaymentEvent

# The cause of a failure that is about an account, and about no payment.
UNREADABLE: Final = "unreadable"


class DifferenceKind(Vocabulary):
    """What a comparison finds (R-1)."""

    PAID_WITHOUT_ORDER = "paid_without_order"
    ORDER_NOT_PAID = "order_not_paid"
    AMOUNT_DIFFERS = "amount_differs"
    SECOND_PAYMENT = "second_payment"
    PAYMENT_MISSING = "payment_missing"
    NEWS_MISSING = "news_missing"
    MONEY_UNKNOWN = "money_unknown"
    REFUND_MISSING = "refund_missing"
    REFUND_FAILED = "refund_failed"
    DISPUTE_MISSING = "dispute_missing"
    WEBHOOK_MISSING = "webhook_missing"
    TICKETS_MISSING = "tickets_missing"
    PASS_MISSING = "pass_missing"  # noqa: S105
    SEATS_MISSING = "seats_missing"
    CONFIRMATION_MISSING = "confirmation_missing"
    NOT_PAID = "not_paid"


class ReconciliationEvent(PaymentEvent):
    """What a comparison came to."""

    run_id: Annotated[UUID, Field(description="the comparison, as its page shows it")]
    account: Annotated[str, Field(description="the account at a processor; fullhouse: seen in what we have alone")]
    subject: Annotated[str, Field(description="the id of what it is about; empty for an account as a whole")]
    order_id: Annotated[OrderId | None, Field(description="the order, where there is one")] = None
    occurred_at: Annotated[AwareDatetime, Field(description="when it was settled")]

    @property
    def key(self) -> str:
        return str(self.order_id or self.subject or self.account)


class ReconciliationRepaired(ReconciliationEvent):
    """What was paid and what there was did not agree, and do now (R-2)."""

    type: ClassVar[str] = "fullhouse.reconciliation.repaired.v1"

    kind: Annotated[str, words_of(DifferenceKind, "what was wrong; external_… of a provider's own payment")]
    paid_at: Annotated[AwareDatetime | None, Field(description="when the money was taken, where that is known")] = None


class ReconciliationFailed(ReconciliationEvent):
    """A comparison has found what only a person can mend, or could not read an account (R-2)."""

    type: ClassVar[str] = "fullhouse.reconciliation.failed.v1"

    cause: Annotated[
        str,
        words_of(DifferenceKind, "what is wrong, or unreadable: the account could not be read; or external_…"),
    ]
    reason: Annotated[str, Field(description="why, as a sentence for people on call")]
    command: Annotated[str, Field(description="what a person does; empty where that depends")] = ""
