"""Orders: what was sold, to whom, and what became of it."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import Event, MinorUnits, OrderId, Part, PersonalText, SecretText, Vocabulary, words_of
from events.topics import Topic


class OrderState(Vocabulary):
    """Where an order stands (C-5)."""

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


class SeatState(Vocabulary):
    """Where one seat of an order stands; a seat can be refunded by itself."""

    RESERVED = "reserved"
    SOLD = "sold"
    RELEASED = "released"
    REFUNDED = "refunded"
    FROZEN = "frozen"


class CustomerKind(Vocabulary):
    """What an order is to its buyer: a conversion is the first member order after others that were not (C-3)."""

    NEW = "new"
    RETURNING = "returning"
    CONVERTED = "converted"


class OrderSource(Vocabulary):
    """Where an order comes from."""

    WEB = "web"
    GRANTED = "granted"
    REPAIRED = "repaired"
    SYNTHETIC = "synthetic"
    DEMO = "demo"


class LineKind(Vocabulary):
    """What a line of an order sells."""

    SEATS = "seats"
    PASSES = "passes"


class CancelCause(Vocabulary):
    """Why an order was cancelled."""

    PAYMENT_PAGE_FAILED = "payment_page_failed"
    PAYMENT_PAGE_NEVER_OPENED = "payment_page_never_opened"


class PaymentFailure(Vocabulary):
    """Why the money of an order will not come."""

    DEBIT_DECLINED = "debit_declined"


class OrderLine(Part):
    """One thing that an order is paid for; an order has one line or several."""

    line: Annotated[int, Field(description="counts from 1 within the order")]
    kind: Annotated[str, words_of(LineKind, "what is sold")]
    item_id: Annotated[str, Field(description="the catalogue's id of what is sold: of seats their city")]
    tier: Annotated[str, Field(description="the tier of seats; empty where there are no tiers")] = ""
    quantity: int
    list_price: Annotated[MinorUnits, Field(description="of one, before discount")]
    unit_price: Annotated[MinorUnits, Field(description="of one, after discount")]
    amount: Annotated[MinorUnits, Field(description="of the line, after discount")]


class OrderSeat(Part):
    """One seat of an order."""

    seat: Annotated[int, Field(description="counts from 1 within the order")]
    line: Annotated[int, Field(description="the line that pays for it")]
    city_id: str
    tier: str
    state: Annotated[str, words_of(SeatState, "where the seat stands")]


class OrderCustomer(Part):
    """Who bought."""

    first_name: PersonalText
    last_name: PersonalText
    email: PersonalText
    phone: Annotated[PersonalText | None, Field(description="E.164")] = None
    kind: Annotated[str, words_of(CustomerKind, "what the order is to its buyer")] = CustomerKind.NEW.value


class Attribution(Part):
    """Which campaign brought the buyer, as the web client says."""

    source: str | None = None
    medium: str | None = None
    campaign: str | None = None


class OrderEvent(Event):
    """Version and state of the whole order after the change (E-6, E-11). `version` only grows."""

    topic: ClassVar[Topic] = Topic.ORDERS

    order_id: OrderId
    number: Annotated[str, Field(description="8 characters that people can say and type (C-6)")]
    version: int
    state: Annotated[str, words_of(OrderState, "where the order stands after the change")]
    lines: tuple[OrderLine, ...]
    seats: tuple[OrderSeat, ...]
    amount: Annotated[MinorUnits, Field(description="of the whole order, after discount")]
    discount_total: MinorUnits
    currency: str
    customer: OrderCustomer
    member: bool
    member_verified: bool
    discount_code: str | None = None
    business_type: str
    payment_method: str | None = None
    processor: Annotated[str | None, Field(description="who takes the money, such as stripe; null without one")] = None
    country: str | None = None
    region: str | None = None
    visitor_id: str | None = None
    attribution: Attribution | None = None
    source: Annotated[str, words_of(OrderSource, "where the order comes from")]
    link: Annotated[
        str | None,
        Field(description="the order's own page, with its access token", json_schema_extra={"x-secret": True}),
    ] = None
    live_mode: bool
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return str(self.order_id)

    @property
    def city_ids(self) -> tuple[str, ...]:
        """The cities of its seats, each once, in the seats' order."""
        return tuple(dict.fromkeys(seat.city_id for seat in self.seats))

    @property
    def quantities(self) -> dict[str, int]:
        """How many seats of each tier it has, whatever their city."""
        return dict(Counter(seat.tier for seat in self.seats))


class OrderPlaced(OrderEvent):
    """A buyer wants to pay: the seats are held, the payment page is being made."""

    type: ClassVar[str] = "fullhouse.order.placed.v1"


class OrderPaymentPending(OrderEvent):
    """A delayed method: the session is complete, the money is not here. The hold has no end meanwhile."""

    type: ClassVar[str] = "fullhouse.order.payment_pending.v1"


class TicketCode(Part):
    """What lets somebody in on one seat of the order."""

    seat: Annotated[int, Field(description="the number of the seat in `seats`")]
    code: Annotated[SecretText, Field(description="signed by checkout; whoever has it gets in")]


class OrderPaid(OrderEvent):
    """The money is here. Stock, messages and figures follow, each by itself."""

    type: ClassVar[str] = "fullhouse.order.paid.v1"

    hold_alive: Annotated[
        bool, Field(description="whether the hold stood when the money came; without it confirmations wait for stock")
    ]
    tickets: Annotated[tuple[TicketCode, ...], Field(description="one a seat")]
    paid_at: AwareDatetime
    processor_time: Annotated[AwareDatetime, Field(description="the processor's own time of the payment (M-1)")]


class OrderPaymentFailed(OrderEvent):
    """The money of a delayed method will not come."""

    type: ClassVar[str] = "fullhouse.order.payment_failed.v1"

    cause: Annotated[str, words_of(PaymentFailure, "why the money will not come")]


class OrderExpired(OrderEvent):
    """Said only after the processor has confirmed that the session can no longer be paid."""

    type: ClassVar[str] = "fullhouse.order.expired.v1"


class OrderCancelled(OrderEvent):
    """Nothing came of the order, and nobody can pay for it."""

    type: ClassVar[str] = "fullhouse.order.cancelled.v1"

    cause: Annotated[str, words_of(CancelCause, "why it was cancelled")]


class OrderRefunded(OrderEvent):
    """Money was given back, of the whole order or of a part."""

    type: ClassVar[str] = "fullhouse.order.refunded.v1"

    refunded_amount: Annotated[MinorUnits, Field(description="given back by this refund")]
    refunded_seats: Annotated[tuple[int, ...], Field(description="numbers of seats that it gives back")]
    return_seats: Annotated[bool, Field(description="whether they go back on sale")]


class OrderDisputed(OrderEvent):
    """The buyer's bank has taken the money back for now; the seats are frozen."""

    type: ClassVar[str] = "fullhouse.order.disputed.v1"

    cause: Annotated[str, Field(description="the processor's own code, such as fraudulent")]


class OrderDisputeClosed(OrderEvent):
    """The bank has decided."""

    type: ClassVar[str] = "fullhouse.order.dispute_closed.v1"

    won: bool
