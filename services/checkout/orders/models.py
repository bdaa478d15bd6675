"""An order as its buyer, and as staff, may see it over the API (C-6, X-3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import Field

from chassis.app import Out
from chassis.ids import display_number
from chassis.telemetry.masking import mask_email, mask_name, mask_phone
from checkout.orders.domain import HistoryEntry, Order
from checkout.orders.fulfilment import NOT_FULFILLED, Fulfilment
from checkout.orders.states import HOLDING
from events import OrderCustomer, OrderSource, OrderState, TicketCode


class LineOut(Out):
    """One thing that the order is paid for."""

    line: int = Field(description="Counts from 1 within the order")
    kind: str = Field(description="What is sold")
    item_id: str = Field(description="The catalogue's id of what is sold: of seats their city")
    tier: str = Field(description="The tier of seats; empty where there are no tiers")
    quantity: int
    list_price: int = Field(description="Of one, before discount, in minor units")
    unit_price: int = Field(description="Of one, after discount, in minor units")
    amount: int = Field(description="Of the line, after discount, in minor units")


class SeatOut(Out):
    """One seat of the order."""

    seat: int = Field(description="Counts from 1 within the order")
    line: int = Field(description="The line that pays for it")
    city_id: str
    tier: str
    state: str = Field(description="Where the seat stands")


class TicketOut(Out):
    """What lets one person in."""

    seat: int = Field(description="The seat that it is for")
    tier: str
    number: str = Field(description="What people call it")
    code: str | None = Field(description="What the door scans; only its buyer and admins see it, and never a holder's")
    holder: str | None = Field(description="Whom it was given to; null while it is the buyer's")


class CustomerOut(Out):
    """Who bought; masked for staff below admin."""

    first_name: str
    last_name: str
    email: str
    phone: str | None
    kind: str = Field(description="What the order is to its buyer: the first, a returning one's, a new member's")


class OrderOut(Out):
    """An order as it stands; amounts in minor units of `currency`."""

    order_id: UUID
    number: str = Field(description="8 characters that people can say and type")
    display_number: str = Field(description="The same as it is shown")
    state: OrderState
    version: int = Field(description="Grows by one with each change")
    city_id: str | None = Field(description="The city of its first seat")
    lines: list[LineOut] = Field(description="What is paid for, at which price")
    seats: list[SeatOut]
    amount: int = Field(description="What the buyer pays for all lines")
    discount_total: int = Field(description="How much less that is than the list prices")
    refunded_amount: int = Field(description="What has been given back so far")
    currency: str
    tickets: list[TicketOut] = Field(description="One a seat, once it is paid")
    customer: CustomerOut
    member: bool = Field(description="Whether the member's price was asked for and given")
    member_verified: bool = Field(description="Whether a roster says so")
    discount_code: str | None
    business_type: str
    payment_method: str | None = Field(description="How the buyer paid, as soon as it is known")
    source: OrderSource = Field(description="Where the order comes from")
    live_mode: bool = Field(description="Whether real money is paid")
    placed_at: datetime
    paid_at: datetime | None
    hold_expires_at: datetime | None = Field(description="Until when the buyer may pay, while it is not paid")


class HistoryOut(Out):
    """One change of the order, or one that was refused."""

    version: int
    state_from: str | None = Field(serialization_alias="from")
    state_to: str = Field(serialization_alias="to")
    refused: bool = Field(description="Whether the order stayed as it was")
    who: str = Field(description="customer, staff, system, or the processor")
    why: str = Field(description="A code of ours, or the type of the processor's event")
    event_id: str | None = Field(description="The processor's event")
    at: datetime


class DeliveryOut(Out):
    """One message about the order."""

    channel: str
    kind: str
    state: str = Field(description="queued, sent, delivered, failed or suppressed")
    changed_at: datetime


class FulfilmentOut(Out):
    """What inventory and the notifier say about the order."""

    sold_at: datetime | None = Field(description="When its seats became sold")
    oversold: bool = Field(description="Whether there was no seat left for it")
    sms: str = Field(description="How far the newest SMS is; waiting: there is none yet")
    email: str = Field(description="How far the newest e-mail is; waiting: there is none yet")
    deliveries: list[DeliveryOut]


class OrderDetailOut(OrderOut):
    """An order with all that happened to it."""

    history: list[HistoryOut]
    fulfilment: FulfilmentOut


def order_out(order: Order, *, codes: bool, personal: bool) -> OrderOut:
    """`codes`: with the ticket codes, which open the door; `personal`: with the customer's data unmasked."""
    return OrderOut.model_validate(_fields(order, codes=codes, personal=personal))


def order_detail_out(
    order: Order, history: Sequence[HistoryEntry], fulfilment: Fulfilment | None, *, codes: bool, personal: bool
) -> OrderDetailOut:
    """As `order_out`, with history and fulfilment."""
    return OrderDetailOut.model_validate(
        {
            **_fields(order, codes=codes, personal=personal),
            "history": [_history(entry) for entry in history],
            "fulfilment": _fulfilment(fulfilment or NOT_FULFILLED),
        }
    )


def _fields(order: Order, *, codes: bool, personal: bool) -> dict[str, object]:
    plain = {name: getattr(order, name) for name in OrderOut.model_fields if hasattr(order, name)}
    return {
        **plain,
        "display_number": display_number(order.number),
        "city_id": order.city_ids[0] if order.city_ids else None,
        "tickets": [_ticket(order, ticket, codes=codes, personal=personal) for ticket in order.tickets],
        "customer": order.customer if personal else _masked(order.customer),
        "hold_expires_at": order.promised_until if order.state in HOLDING else None,
    }


def _ticket(order: Order, ticket: TicketCode, *, codes: bool, personal: bool) -> TicketOut:
    """The code of one that was given to somebody is theirs alone."""
    holder = order.holder_of(ticket.seat)
    code = ticket.code if codes and holder is None else None
    name = holder.person.name if holder else None
    number = f"{display_number(order.number)}-{ticket.seat}"
    tier = next(seat.tier for seat in order.seats if seat.seat == ticket.seat)
    shown = name if name is None or personal else mask_name(name)
    return TicketOut(seat=ticket.seat, tier=tier, number=number, code=code, holder=shown)


def _masked(customer: OrderCustomer) -> CustomerOut:
    return CustomerOut(
        first_name=mask_name(customer.first_name),
        last_name=mask_name(customer.last_name),
        email=mask_email(customer.email),
        phone=mask_phone(customer.phone) if customer.phone else None,
        kind=customer.kind,
    )


def _history(entry: HistoryEntry) -> HistoryOut:
    return HistoryOut(
        version=entry.version,
        state_from=entry.state_from,
        state_to=entry.state_to,
        refused=entry.refused,
        who=entry.cause.who,
        why=entry.cause.why,
        event_id=entry.cause.event_id,
        at=entry.at,
    )


def _fulfilment(fulfilment: Fulfilment) -> FulfilmentOut:
    return FulfilmentOut(
        sold_at=fulfilment.sold_at,
        oversold=fulfilment.oversold,
        sms=_state(fulfilment, "sms"),
        email=_state(fulfilment, "email"),
        deliveries=[DeliveryOut.model_validate(delivery) for delivery in fulfilment.deliveries],
    )


def _state(fulfilment: Fulfilment, channel: str) -> str:
    newest = fulfilment.newest(channel)
    return newest.state if newest else "waiting"
