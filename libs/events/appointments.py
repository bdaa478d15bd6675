"""Events of the money of appointments, and of what goes back through whoever took it."""

from __future__ import annotations

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.base import Language, MinorUnits, OrderId, Part, PersonalText, SecretText, Vocabulary, words_of
from events.payments import PaymentEvent


class AppointmentDetails(Part):
    """What the customer of an appointment is told of it, beside its money."""

    email: Annotated[PersonalText, Field(description="the customer's address")]
    provider_name: Annotated[str, Field(description="with whom it is")]
    starts: Annotated[AwareDatetime, Field(description="when it begins")]
    link: Annotated[SecretText, Field(description="its page, for whoever has the link")]
    language: Language


class PaymentAppointmentPaid(PaymentEvent):
    """An appointment is paid, by the platform or by its provider's own processor (P-11)."""

    type: ClassVar[str] = "fullhouse.payment.appointment_paid.v1"

    appointment_id: Annotated[int, Field(description="the appointment")]
    provider_id: Annotated[int, Field(description="with whom it is")]
    processor: Annotated[str, Field(description="who took the money, such as square")]
    amount: Annotated[MinorUnits, Field(description="its price, which was paid")]
    currency: Annotated[str, Field(description="ISO 4217")]
    occurred_at: Annotated[AwareDatetime, Field(description="since when it is known to be paid")]
    details: Annotated[
        AppointmentDetails | None, Field(description="what its customer is told; events of old have none")
    ] = None

    @property
    def key(self) -> str:
        return str(self.appointment_id)


class PaymentAppointmentMismatched(PaymentEvent):
    """Money came for an appointment that is not what it asks for, and does not go back by itself: people must look."""

    type: ClassVar[str] = "fullhouse.payment.appointment_mismatched.v1"

    appointment_id: Annotated[int, Field(description="the appointment")]
    provider_id: Annotated[int, Field(description="with whom it is")]
    processor: Annotated[str, Field(description="who took the money, such as square")]
    payment_id: Annotated[str, Field(description="the processor's id of the payment")]
    state: Annotated[str, Field(description="where the appointment stands, such as booked or cancelled")]
    expected: Annotated[MinorUnits, Field(description="what it asks for; 0 where that is nothing")]
    currency: Annotated[str, Field(description="of what it asks for, ISO 4217")]
    paid: Annotated[int, Field(description="what came, minor units of `paidCurrency`")]
    paid_currency: Annotated[str, Field(description="ISO 4217")]
    occurred_at: Annotated[AwareDatetime, Field(description="when that was known")]

    @property
    def key(self) -> str:
        return str(self.appointment_id)


class AppointmentDisputeState(Vocabulary):
    """Where a dispute stands. `inquiry`: the bank only asks; `open`: it has taken the money."""

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class PaymentAppointmentDisputed(PaymentEvent):
    """A bank asks for what the platform was paid for an appointment, has taken it, or has decided (P-11)."""

    type: ClassVar[str] = "fullhouse.payment.appointment_disputed.v1"

    appointment_id: Annotated[int, Field(description="the appointment, which stays as it is")]
    provider_id: Annotated[int, Field(description="with whom it is")]
    processor: Annotated[str, Field(description="who had taken the money, such as stripe")]
    dispute_id: Annotated[str, Field(description="the processor's id of the dispute")]
    amount: Annotated[MinorUnits, Field(description="what the bank asks for, or has taken")]
    currency: Annotated[str, Field(description="ISO 4217")]
    state: Annotated[str, words_of(AppointmentDisputeState, "where it stands since")]
    cause: Annotated[str, Field(description="the processor's own code, such as fraudulent")]
    occurred_at: Annotated[AwareDatetime, Field(description="when that was known")]

    @property
    def key(self) -> str:
        return str(self.appointment_id)


class WayRefundOutcome(Vocabulary):
    """What became of a refund of what a way took."""

    REFUNDED = "refunded"
    REFUSED = "refused"
    FAILED = "failed"


class PaymentWayRefund(PaymentEvent):
    """Money went back through whoever took it, a provider's own processor or the platform, or did not (P-4, P-11).

    `failed` comes after the processor had taken it on: the money did not arrive.
    """

    type: ClassVar[str] = "fullhouse.payment.way_refund.v1"

    refund_id: Annotated[UUID, Field(description="the refund")]
    appointment_id: Annotated[int | None, Field(description="the appointment that was paid; null for none")] = None
    order_id: Annotated[OrderId | None, Field(description="the order that was paid; null for none")] = None
    provider_id: Annotated[int, Field(description="whose the payment was")]
    processor: Annotated[str, Field(description="who took the money, such as square")]
    connection_id: Annotated[int | None, Field(description="through which connection; null: by the platform")] = None
    amount: Annotated[MinorUnits, Field(description="what was given back, or was to be")]
    currency: Annotated[str, Field(description="ISO 4217")]
    surplus: Annotated[bool, Field(description="whether it came for what was paid or cancelled already")]
    outcome: Annotated[str, words_of(WayRefundOutcome, "what became of it")]
    cause: Annotated[str | None, Field(description="the processor's own code where it did not; null where it did")] = (
        None
    )
    occurred_at: Annotated[AwareDatetime, Field(description="when that was known")]
    details: Annotated[AppointmentDetails | None, Field(description="of the appointment; null where there is none")] = (
        None
    )

    @property
    def key(self) -> str:
        return str(self.order_id or self.appointment_id or self.refund_id)
