"""What the page of one order says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from chassis import formats
from checkout.orders.domain import HistoryEntry
from checkout.orders.fulfilment import Delivery, Fulfilment
from checkout.orders.models import OrderOut
from checkout.payments.domain import Attempt, AttemptState
from checkout.payments.trouble_store import Trouble
from checkout.refunds.domain import ListedRefund, Payment, RefundCause, RefundState
from checkout.routing.domain import RoutingStep
from checkout.staff.event_views import EventRow, Marked, joined
from checkout.staff.order_deed_views import OrderMoney
from checkout.staff.order_list_views import NONE, STATES, city_name, money_text
from checkout.staff.provider_views import processor_name
from checkout.staff.way_views import account_text, step_row
from events import CatalogueCityChanged, SeatState

_SEATS: Final[Mapping[str, Marked]] = MappingProxyType(
    {
        SeatState.RESERVED: ("waiting", "Held"),
        SeatState.SOLD: ("ok", "Good"),
        SeatState.FROZEN: ("high", "Frozen by the dispute"),
        SeatState.REFUNDED: ("off", "Refunded"),
        SeatState.RELEASED: ("off", "On sale again"),
    }
)
_REFUNDS: Final[Mapping[RefundState, Marked]] = MappingProxyType(
    {
        RefundState.DUE: ("waiting", "On its way"),
        RefundState.DONE: ("ok", "Given back"),
        RefundState.REFUSED: ("critical", "Refused"),
        RefundState.FAILED: ("critical", "Came back to us"),
    }
)
_ATTEMPTS: Final[Mapping[AttemptState, Marked]] = MappingProxyType(
    {
        AttemptState.CREATING: ("waiting", "Being opened"),
        AttemptState.OPEN: ("waiting", "Open"),
        AttemptState.COMPLETE: ("waiting", "Money on its way"),
        AttemptState.PAID: ("ok", "Paid"),
        AttemptState.EXPIRED: ("off", "Ended"),
        AttemptState.FAILED: ("off", "Payment failed"),
        AttemptState.ABANDONED: ("off", "Never opened"),
    }
)
_DELIVERIES: Final[Mapping[str, Marked]] = MappingProxyType(
    {
        "queued": ("waiting", "Waiting"),
        "sent": ("waiting", "Sent"),
        "delivered": ("ok", "Delivered"),
        "failed": ("high", "Failed"),
        "suppressed": ("off", "Not sent"),
    }
)
_TROUBLES: Final[Mapping[str, Marked]] = MappingProxyType(
    {"declined": ("medium", "Declined"), "disputed": ("high", "Disputed")}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """All that is known of an order's money.

    money: what came, and what is due to go back
    refunds: what went back, or is on its way
    attempts: its payment pages
    troubles: tries that were declined, and disputes
    left: what can still be given back, in minor units
    steps: what was done about the ways of its payment, where a provider sells it
    """

    money: OrderMoney
    refunds: Sequence[ListedRefund]
    attempts: Sequence[Attempt]
    troubles: Sequence[Trouble]
    left: int
    steps: Sequence[RoutingStep] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order, as its page shows it.

    order_id, number: what machines and what people call it
    mark, state: the shape and colour of its state, and the state in words
    facts: names and values
    seats: number, place, tier, mark and word
    money: payments, refunds, pages, declines, disputes, and who was asked to take it, the oldest first
    left: what can still be given back
    messages: what the buyer and the owners were told
    history: how the order came to where it is
    """

    order_id: str
    number: str
    mark: str
    state: str
    facts: Sequence[tuple[str, str]]
    seats: Sequence[tuple[int, str, str, str, str]]
    money: Sequence[EventRow]
    left: str
    messages: Sequence[EventRow]
    history: Sequence[EventRow]


def order_view(
    order: OrderOut,
    history: Iterable[HistoryEntry],
    fulfilment: Fulfilment,
    paid: Paid,
    cities: Mapping[str, CatalogueCityChanged],
    *,
    now: datetime,
    zone: ZoneInfo,
) -> OrderView:
    """Times are by the business's clock."""
    mark, state = STATES[order.state]

    def at(moment: datetime | None) -> str:
        return formats.recent(moment, zone.key, now=now) if moment else NONE

    money = [
        *((each.at, step_row(each, at(each.at))) for each in paid.steps),
        *((each.paid_at, _payment(each, at(each.paid_at))) for each in paid.money.payments),
        *((each.created_at, _refund(each, at(each.created_at))) for each in paid.refunds),
        *((each.at, _trouble(each, at(each.at))) for each in paid.troubles),
    ]
    return OrderView(
        order_id=str(order.order_id),
        number=order.display_number,
        mark=mark,
        state=state,
        facts=_facts(order, fulfilment, at(order.placed_at), at(order.paid_at), at(order.hold_expires_at)),
        seats=list(_seats(order, cities)),
        money=[
            *(_attempt(each, at(each.expires_at)) for each in paid.attempts),
            *(row for _, row in sorted(money, key=lambda pair: pair[0])),
        ],
        left=money_text(paid.left, order.currency),
        messages=[_message(each, at(each.changed_at)) for each in fulfilment.deliveries],
        history=[_change(each, at(each.at)) for each in history],
    )


def _seats(order: OrderOut, cities: Mapping[str, CatalogueCityChanged]) -> Iterator[tuple[int, str, str, str, str]]:
    """With whom a ticket was given to."""
    holders = {ticket.seat: ticket.holder for ticket in order.tickets}
    for seat in order.seats:
        mark, word = _SEATS[SeatState(seat.state)]
        holder = holders.get(seat.seat)
        said = f"{word}, {holder} has it" if holder else word
        yield seat.seat, city_name(seat.city_id, cities), seat.tier.upper(), mark, said


def _facts(order: OrderOut, fulfilment: Fulfilment, placed: str, paid: str, held: str) -> Sequence[tuple[str, str]]:
    customer = order.customer
    back = money_text(order.refunded_amount, order.currency)
    facts = [
        ("Buyer", f"{customer.first_name} {customer.last_name}"),
        ("E-mail", customer.email),
        ("Phone", customer.phone or ""),
        ("Price", money_text(order.amount, order.currency)),
        ("Given back", back if order.refunded_amount else ""),
        ("Code", order.discount_code or ""),
        ("Member", ("Yes" if order.member_verified else "Says so") if order.member else ""),
        ("Placed", placed),
        ("Paid", paid if order.paid_at else ""),
        ("Paid by", (order.payment_method or "").replace("_", " ")),
        ("Held until", held if order.hold_expires_at else ""),
        ("Seats", "Oversold: no room has them" if fulfilment.oversold else ""),
        ("Came by", order.source.value),
        ("Real money", "" if order.live_mode else "No, a test"),
    ]
    return [(name, value) for name, value in facts if value]


def _payment(each: Payment, at: str) -> EventRow:
    back = f"{money_text(each.refunded, each.currency)} of it went back" if each.refunded else ""
    return EventRow(
        at=at,
        mark="ok",
        word="Came twice" if each.surplus else "Came",
        what=f"{processor_name(each.processor)} {each.payment_intent}",
        amount=money_text(each.amount, each.currency),
        more=joined(account_text(each.connection_id), back),
    )


def _refund(each: ListedRefund, at: str) -> EventRow:
    mark, word = _REFUNDS[each.state]
    why = f"{each.reason} ({each.requested_by})" if each.cause is RefundCause.REQUESTED else "It had come twice"
    seats = f"{'Seat' if len(each.seats) == 1 else 'Seats'} {formats.listing([str(seat) for seat in each.seats])}"
    trouble = each.last_error or "" if each.state is not RefundState.DONE else ""
    return EventRow(
        at=at,
        mark=mark,
        word=word,
        what=f"{processor_name(each.processor)} {each.payment_intent}",
        amount=money_text(-each.amount, each.currency),
        more=joined(seats if each.seats else "", why, trouble),
    )


def _trouble(each: Trouble, at: str) -> EventRow:
    mark, word = _TROUBLES[each.what]
    return EventRow(at=at, mark=mark, word=word, what=f"{processor_name(each.processor)} {each.id}", more=each.code)


def _attempt(each: Attempt, until: str) -> EventRow:
    mark, word = _ATTEMPTS[each.state]
    return EventRow(
        at=f"until {until}",
        mark=mark,
        word=f"Page: {word.lower()}",
        what=f"{processor_name(each.processor)} {each.session_id or NONE}",
        amount=money_text(each.amount, each.currency),
        more=account_text(each.connection_id),
    )


def _message(each: Delivery, at: str) -> EventRow:
    mark, word = _DELIVERIES[each.state]
    return EventRow(at=at, mark=mark, word=word, what=each.kind.replace("_", " "), more=each.channel)


def _change(each: HistoryEntry, at: str) -> EventRow:
    mark, word = ("high", f"Refused: {each.state_to}") if each.refused else _state(each.state_to)
    why = f"{each.cause.who}, {each.cause.why}"
    return EventRow(at=at, mark=mark, word=word, what=why, more=each.cause.event_id or "")


def _state(name: str) -> Marked:
    return next((marked for state, marked in STATES.items() if state.value == name), ("low", name))
