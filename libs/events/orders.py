"""Events of orders: what was sold, to whom, and what became of it."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import AwareDatetime, Field

from events.base import Event, Language, MinorUnits, OrderId, Part, PersonalText, SecretText, words_of
from events.order_words import (
    CancelCause,
    CustomerKind,
    DiscountKind,
    LineKind,
    OrderSource,
    OrderState,
    PaymentFailure,
    SeatState,
)
from events.topics import Topic


class LineDiscount(Part):
    """One reason for which a line costs less; pages, payment page and messages name it alike."""

    kind: Annotated[str, words_of(DiscountKind, "why it costs less")]
    label: Annotated[str, Field(description="the same for people, such as `Member price, 20% off`")]
    amount: Annotated[MinorUnits, Field(description="what it takes off the whole line")]


class OrderLine(Part):
    """One thing that an order is paid for; an order has one line or several."""

    line: Annotated[int, Field(description="counts from 1 within the order")]
    kind: Annotated[str, words_of(LineKind, "what is sold")]
    item_id: Annotated[str, Field(description="the catalogue's id of what is sold: of seats their city")]
    tier: Annotated[str, Field(description="the tier of seats; empty where there are no tiers")] = ""
    name: Annotated[str, Field(description="what people call it; empty where the catalogue's entry says so")] = ""
    quantity: Annotated[int, Field(description="how many seats or passes")]
    list_price: Annotated[MinorUnits, Field(description="of one, before discount")]
    unit_price: Annotated[MinorUnits, Field(description="of one, after discount")]
    amount: Annotated[MinorUnits, Field(description="of the line, after discount")]
    discounts: Annotated[
        tuple[LineDiscount, ...], Field(description="what was taken off, in this order; empty where it is not known")
    ] = ()


class OrderSeat(Part):
    """One seat of an order."""

    seat: Annotated[int, Field(description="counts from 1 within the order")]
    line: Annotated[int, Field(description="the line that pays for it")]
    city_id: Annotated[str, Field(description="the city of the seat")]
    tier: Annotated[str, Field(description="the tier of the seat")]
    state: Annotated[str, words_of(SeatState, "where the seat stands")]


class OrderCustomer(Part):
    """Who bought."""

    first_name: Annotated[PersonalText, Field(description="the buyer's first name")]
    last_name: Annotated[PersonalText, Field(description="the buyer's last name")]
    email: Annotated[PersonalText, Field(description="the buyer's e-mail address")]
    phone: Annotated[PersonalText | None, Field(description="E.164")] = None
    kind: Annotated[str, words_of(CustomerKind, "what the order is to its buyer")] = CustomerKind.NEW.value
    language: Language = "en"


class TicketHolder(Part):
    """Whom a ticket was given to: the codes of this seat are theirs, and go to nobody else."""

    seat: Annotated[int, Field(description="the number of the seat in `seats`")]
    first_name: Annotated[PersonalText, Field(description="the holder's first name")]
    last_name: Annotated[PersonalText, Field(description="the holder's last name")]
    email: Annotated[PersonalText, Field(description="the holder's e-mail address")]
    link: Annotated[SecretText, Field(description="the page of this ticket alone")]


class Attribution(Part):
    """Which campaign brought the buyer, as the web client says."""

    source: Annotated[str | None, Field(description="where the buyer came from, such as a newsletter")] = None
    medium: Annotated[str | None, Field(description="the kind of advertisement")] = None
    campaign: Annotated[str | None, Field(description="the campaign's name")] = None


class OrderEvent(Event):
    """State of the whole order after the change (E-6, E-11). `version` only grows."""

    topic: ClassVar[Topic] = Topic.ORDERS

    order_id: Annotated[OrderId, Field(description="the order")]
    number: Annotated[str, Field(description="8 characters that people can say and type (C-6)")]
    version: Annotated[int, Field(description="grows by one with each change of the order")]
    state: Annotated[str, words_of(OrderState, "where the order stands after the change")]
    lines: Annotated[tuple[OrderLine, ...], Field(description="what is paid for, at which price")]
    seats: Annotated[tuple[OrderSeat, ...], Field(description="each seat of the lines, and where it stands")]
    amount: Annotated[MinorUnits, Field(description="of the whole order, after discount")]
    discount_total: Annotated[MinorUnits, Field(description="how much less `amount` is than the list prices")]
    currency: Annotated[str, Field(description="ISO 4217")]
    customer: Annotated[OrderCustomer, Field(description="who buys")]
    member: Annotated[bool, Field(description="whether the member's price was asked for and given")]
    member_verified: Annotated[bool, Field(description="whether a roster says that the buyer is a member")]
    discount_code: Annotated[str | None, Field(description="the code that was used")] = None
    business_type: Annotated[str, Field(description="the buyer's business, one of the catalogue's list")]
    payment_method: Annotated[str | None, Field(description="card, bank debit, wallet …, as soon as it is known")] = (
        None
    )
    processor: Annotated[str | None, Field(description="who takes the money, such as stripe; null without one")] = None
    country: Annotated[str | None, Field(description="the payer's country, ISO 3166")] = None
    region: Annotated[str | None, Field(description="the payer's state or region")] = None
    visitor_id: Annotated[str | None, Field(description="the visitor of the web client")] = None
    attribution: Annotated[Attribution | None, Field(description="which campaign brought the buyer")] = None
    source: Annotated[str, words_of(OrderSource, "where the order comes from")]
    link: Annotated[
        str | None,
        Field(description="the order's own page, with its access token", json_schema_extra={"x-secret": True}),
    ] = None
    live_mode: Annotated[bool, Field(description="whether real money is paid")]
    holders: Annotated[
        tuple[TicketHolder, ...], Field(description="whom tickets were given to; of all other seats the buyer")
    ] = ()
    occurred_at: Annotated[AwareDatetime, Field(description="when the order changed")]

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
    """A buyer wants to pay: the seats are held, and the payment page is being made."""

    type: ClassVar[str] = "fullhouse.order.placed.v1"


class OrderPaymentPending(OrderEvent):
    """The session is complete, but a delayed payment method has not paid yet. The hold has no end meanwhile."""

    type: ClassVar[str] = "fullhouse.order.payment_pending.v1"


class TicketCode(Part):
    """The code that lets somebody in on one seat of the order."""

    seat: Annotated[int, Field(description="the number of the seat in `seats`")]
    code: Annotated[SecretText, Field(description="signed by checkout; whoever has it gets in")]


class OrderPaid(OrderEvent):
    """The money was received. Stock, messages and figures follow from it independently."""

    type: ClassVar[str] = "fullhouse.order.paid.v1"

    hold_alive: Annotated[
        bool, Field(description="whether the hold stood when the money came; without it confirmations wait for stock")
    ]
    tickets: Annotated[tuple[TicketCode, ...], Field(description="one a seat")]
    paid_at: Annotated[AwareDatetime, Field(description="when checkout knew of the payment")]
    processor_time: Annotated[AwareDatetime, Field(description="the processor's own time of the payment (M-1)")]


class OrderPaymentFailed(OrderEvent):
    """The money of a delayed payment method will not come."""

    type: ClassVar[str] = "fullhouse.order.payment_failed.v1"

    cause: Annotated[str, words_of(PaymentFailure, "why the money will not come")]


class OrderExpired(OrderEvent):
    """The order expired; told only after the processor has confirmed that the session can't be paid any more."""

    type: ClassVar[str] = "fullhouse.order.expired.v1"


class OrderCancelled(OrderEvent):
    """The order was cancelled before anybody could pay for it."""

    type: ClassVar[str] = "fullhouse.order.cancelled.v1"

    cause: Annotated[str, words_of(CancelCause, "why it was cancelled")]


class OrderRefunded(OrderEvent):
    """Money was given back, for the whole order or a part."""

    type: ClassVar[str] = "fullhouse.order.refunded.v1"

    refunded_amount: Annotated[MinorUnits, Field(description="given back by this refund")]
    refunded_seats: Annotated[tuple[int, ...], Field(description="numbers of seats that it gives back")]
    return_seats: Annotated[bool, Field(description="whether they go back on sale")]


class OrderRefundFailed(OrderEvent):
    """Money that was told to be given back did not arrive, and is here again; people must give it back another way.

    The tickets that ended with the refund stay void, and their seats where they are.
    """

    type: ClassVar[str] = "fullhouse.order.refund_failed.v1"

    failed_amount: Annotated[MinorUnits, Field(description="what was not given back after all")]
    ended_seats: Annotated[tuple[int, ...], Field(description="numbers of the seats that had ended with the refund")]
    cause: Annotated[str, Field(description="the processor's own code, such as expired_or_canceled_card")]


class OrderSeatsMoved(OrderEvent):
    """A person has moved seats of a paid order to another city or tier; `seats` and `lines` say where they are now.

    What was paid stays. The old codes of these seats let nobody in any more.
    """

    type: ClassVar[str] = "fullhouse.order.seats_moved.v1"

    moved_seats: Annotated[tuple[int, ...], Field(description="numbers of the seats that were moved")]
    from_city_id: Annotated[str, Field(description="the city that they were in")]
    from_tier: Annotated[str, Field(description="the tier that they were of")]
    hold_id: Annotated[UUID, Field(description="inventory holds the new seats under this id, in place of an order's")]
    tickets: Annotated[tuple[TicketCode, ...], Field(description="the new codes, one for each moved seat")]

    @property
    def city_ids(self) -> tuple[str, ...]:
        """The cities of its seats, and the one that was left."""
        return tuple(dict.fromkeys((*super().city_ids, self.from_city_id)))


class OrderTicketsReplaced(OrderEvent):
    """A person has made tickets of a paid order void; the seats stay the buyer's, with new codes."""

    type: ClassVar[str] = "fullhouse.order.tickets_replaced.v1"

    tickets: Annotated[tuple[TicketCode, ...], Field(description="the new codes, one for each ticket that is void")]


class OrderTicketsTransferred(OrderEvent):
    """Tickets of a paid order were given to somebody, whom `holders` names; their old codes let nobody in any more.

    The order stays the buyer's, and so does money that goes back.
    """

    type: ClassVar[str] = "fullhouse.order.tickets_transferred.v1"

    previous_holders: Annotated[
        tuple[TicketHolder, ...], Field(description="who had them before, unless that was the buyer")
    ]
    tickets: Annotated[tuple[TicketCode, ...], Field(description="the new codes, one for each ticket that was given")]


class OrderTicketsRequested(OrderEvent):
    """Somebody wants the tickets of a paid order to be sent again; nothing else has changed."""

    type: ClassVar[str] = "fullhouse.order.tickets_requested.v1"

    tickets: Annotated[tuple[TicketCode, ...], Field(description="those that are wanted; each goes to who has it")]


class OrderCustomerChanged(OrderEvent):
    """A paid order has another name or e-mail address; `customer` says which, and the tickets go there.

    Whether it is another person nobody asks. Tickets that go to somebody while the order stays are told by
    OrderTicketsTransferred.
    """

    type: ClassVar[str] = "fullhouse.order.customer_changed.v1"

    previous_email: Annotated[PersonalText, Field(description="the address before; the same when only the name is new")]
    tickets: Annotated[tuple[TicketCode, ...], Field(description="those that are good, and were given to nobody")]


class OrderDisputed(OrderEvent):
    """The buyer's bank has taken the money back for now; the seats are frozen."""

    type: ClassVar[str] = "fullhouse.order.disputed.v1"

    cause: Annotated[str, Field(description="the processor's own code, such as fraudulent")]


class OrderDisputeClosed(OrderEvent):
    """The bank has decided on a dispute."""

    type: ClassVar[str] = "fullhouse.order.dispute_closed.v1"

    won: Annotated[bool, Field(description="whether the bank decided for us")]
