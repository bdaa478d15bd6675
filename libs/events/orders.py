from __future__ import annotations

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import Event, MinorUnits, OrderId, Part, PersonalText, SecretText
from events.topics import Topic


class OrderState(StrEnum):
    """C-5."""

    PLACED = "placed"
    AWAITING_PAYMENT = "awaiting_payment"
    PAYMENT_PENDING = "payment_pending"
    PAID = "paid"
    PAYMENT_FAILED = "payment_failed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


class SeatState(StrEnum):
    RESERVED = "reserved"
    SOLD = "sold"
    RELEASED = "released"
    REFUNDED = "refunded"
    FROZEN = "frozen"


class CustomerKind(StrEnum):
    """C-3: a conversion is the first member order of an email whose earlier orders were not."""

    NEW = "new"
    RETURNING = "returning"
    CONVERTED = "converted"


class OrderSource(StrEnum):
    WEB = "web"
    GRANTED = "granted"
    REPAIRED = "repaired"
    SYNTHETIC = "synthetic"
    DEMO = "demo"


class OrderLine(Part):
    """`unit_price` is after discount, `list_price` before; both per seat."""

    tier: str
    quantity: int
    list_price: MinorUnits
    unit_price: MinorUnits
    amount: MinorUnits


class OrderSeat(Part):
    """`seat` counts from 1 within the order."""

    seat: int
    tier: str
    state: SeatState


class OrderCustomer(Part):
    first_name: PersonalText
    last_name: PersonalText
    email: PersonalText
    phone: Annotated[PersonalText | None, Field(description="E.164")] = None
    kind: CustomerKind = CustomerKind.NEW


class Attribution(Part):
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None


class OrderEvent(Event):
    """Version and state of the whole order after the change (E-6, E-11). `version` only grows."""

    topic: ClassVar[Topic] = Topic.ORDERS

    order_id: OrderId
    number: Annotated[str, Field(description="8 characters that people can say and type (C-6)")]
    version: int
    state: OrderState
    city_id: str
    tier: str
    quantity: int
    unit_price: Annotated[MinorUnits, Field(description="after discount")]
    lines: tuple[OrderLine, ...]
    seats: tuple[OrderSeat, ...]
    amount: MinorUnits
    discount_total: MinorUnits
    currency: str
    customer: OrderCustomer
    member: bool
    member_verified: bool
    discount_code: str | None = None
    business_type: str
    payment_method: str | None = None
    processor: str = "stripe"
    country: str | None = None
    region: str | None = None
    visitor_id: str | None = None
    attribution: Attribution | None = None
    source: OrderSource
    link: Annotated[
        str | None,
        Field(description="the order's own page, with its access token", json_schema_extra={"x-secret": True}),
    ] = None
    live_mode: bool
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return str(self.order_id)


class OrderPlaced(OrderEvent):
    type: ClassVar[str] = "fullhouse.order.placed.v1"


class OrderPaymentPending(OrderEvent):
    """A delayed method: the session is complete, the money is not here. The hold has no end meanwhile."""

    type: ClassVar[str] = "fullhouse.order.payment_pending.v1"


class TicketCode(Part):
    """`code` is signed by checkout; whoever has it gets in."""

    seat: int
    tier: str
    code: SecretText


class OrderPaid(OrderEvent):
    """`hold_alive`: whether the hold stood when the money came (I-3); without it the confirmation waits for stock."""

    type: ClassVar[str] = "fullhouse.order.paid.v1"

    hold_alive: bool
    tickets: tuple[TicketCode, ...]
    paid_at: AwareDatetime
    processor_time: Annotated[AwareDatetime, Field(description="the processor's own time of the payment (M-1)")]


class OrderPaymentFailed(OrderEvent):
    type: ClassVar[str] = "fullhouse.order.payment_failed.v1"

    reason: str


class OrderExpired(OrderEvent):
    """Said only after the processor has confirmed that the session can no longer be paid."""

    type: ClassVar[str] = "fullhouse.order.expired.v1"


class OrderCancelled(OrderEvent):
    type: ClassVar[str] = "fullhouse.order.cancelled.v1"

    reason: str


class OrderRefunded(OrderEvent):
    """`refunded_seats` names seats of `seats`; `return_seats` whether they go back on sale."""

    type: ClassVar[str] = "fullhouse.order.refunded.v1"

    refunded_amount: MinorUnits
    refunded_seats: tuple[int, ...]
    return_seats: bool


class OrderDisputed(OrderEvent):
    type: ClassVar[str] = "fullhouse.order.disputed.v1"

    reason: str


class OrderDisputeClosed(OrderEvent):
    type: ClassVar[str] = "fullhouse.order.dispute_closed.v1"

    won: bool
