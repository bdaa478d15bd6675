"""What processors say of payments."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import Event, MinorUnits, OrderId
from events.topics import Topic


class PaymentEvent(Event):
    """Keyed by the order; a webhook that belongs to no order is keyed by its own event id (E-3)."""

    topic: ClassVar[Topic] = Topic.PAYMENTS


class PaymentAttemptFailed(PaymentEvent):
    """One declined try; the payment page is still open and the hold stays (C-4)."""

    type: ClassVar[str] = "fullhouse.payment.attempt_failed.v1"

    order_id: OrderId
    processor: str
    attempt: Annotated[int, Field(description="counts the declined tries of the order from 1")]
    amount: MinorUnits
    currency: str
    cause: Annotated[str, Field(description="the processor's own code, such as insufficient_funds")]
    buyers_fault: Annotated[bool, Field(description="whether card or account refused, and not the processor failed")]
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return str(self.order_id)


class PaymentWebhookReceived(PaymentEvent):
    """An event of a processor was handled."""

    type: ClassVar[str] = "fullhouse.payment.webhook_received.v1"

    webhook_id: str
    webhook_type: str
    processor: str
    order_id: OrderId | None = None
    received_at: AwareDatetime
    processed_at: AwareDatetime

    @property
    def key(self) -> str:
        return str(self.order_id) if self.order_id else self.webhook_id


class PaymentWebhookFailed(PaymentEvent):
    """An event of the processor's that can't be handled for good (A-11 webhook_processing_failed)."""

    type: ClassVar[str] = "fullhouse.payment.webhook_failed.v1"

    webhook_id: str
    webhook_type: str
    processor: str
    attempts: int
    cause: Annotated[str, Field(description="why, as a code, such as amount_mismatch")]
    last_error: Annotated[str, Field(description="the same as a sentence")]
    order_id: OrderId | None = None

    @property
    def key(self) -> str:
        return str(self.order_id) if self.order_id else self.webhook_id
