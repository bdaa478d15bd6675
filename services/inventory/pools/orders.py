"""What each event of an order does to the stock. Pure.

`EFFECTS` is the one place that names the types: inventory subscribes to what stands in it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from chassis.tickets import TicketVerifier
from events import (
    OrderCancelled,
    OrderCustomerChanged,
    OrderDisputeClosed,
    OrderDisputed,
    OrderEvent,
    OrderExpired,
    OrderPaid,
    OrderPaymentFailed,
    OrderPaymentPending,
    OrderPlaced,
    OrderRefunded,
    OrderSeatsMoved,
    OrderTicketsReplaced,
    OrderTicketsTransferred,
)
from inventory.pools.book import Book
from inventory.pools.domain import Cause, OrderStep
from inventory.tickets.domain import Ticket
from inventory.tickets.service import moved_seats, paid_seats, replaced_tickets

OrderT = TypeVar("OrderT", bound=OrderEvent)

# The payment session's 35 minutes, and 5 more (C-4, I-2).
LONGEST_HOLD: Final = timedelta(minutes=40)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNews(Generic[OrderT]):
    """An order's event on its way into a city's stock.

    event: what happened to the order
    step: the same, as far as this city is concerned
    cause: what is written down as the reason
    tickets: those that the event brings, in all cities
    """

    event: OrderT
    step: OrderStep
    cause: Cause
    tickets: Sequence[Ticket] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderEffect:
    """What a type of event does.

    apply: writes it into a city's book
    new_tickets: those that the event brings; their codes are checked, before a city is locked
    needs_tickets: whether the book must know the tickets that the order has already
    other_holds: whose holds the book must know beside the order's own
    only_restored: whether it says nothing new unless the database was restored from a backup
    """

    apply: Callable[[Book, OrderNews[Any]], None]
    new_tickets: Callable[[TicketVerifier, Any], Sequence[Ticket]] = lambda _verifier, _event: ()
    needs_tickets: bool = False
    other_holds: Callable[[Any], Collection[UUID]] = lambda _event: ()
    only_restored: bool = False


def step_in(event: OrderEvent, city_id: str) -> OrderStep:
    """The event as the stock of one of its cities sees it."""
    seats: dict[str, list[int]] = {}
    for seat in sorted(event.seats, key=lambda seat: seat.seat):
        if seat.city_id == city_id:
            seats.setdefault(seat.tier, []).append(seat.seat)
    return OrderStep(order_id=event.order_id, version=event.version, seats=seats)


def _placed(book: Book, news: OrderNews[OrderPlaced]) -> None:
    book.hold_again(news.step, news.cause, until=book.now + LONGEST_HOLD)


def _pending(book: Book, news: OrderNews[OrderPaymentPending]) -> None:
    book.keep(news.step, news.cause)


def _paid(book: Book, news: OrderNews[OrderPaid]) -> None:
    book.sell(news.step, news.tickets, news.cause)


def _ended(book: Book, news: OrderNews[OrderExpired | OrderCancelled | OrderPaymentFailed]) -> None:
    book.release(news.step.order_id, news.cause, version=news.step.version)


def _refunded(book: Book, news: OrderNews[OrderRefunded]) -> None:
    book.refund(news.step, news.event.refunded_seats, news.cause, return_seats=news.event.return_seats)


def _moved(book: Book, news: OrderNews[OrderSeatsMoved]) -> None:
    event, city_id = news.event, book.city.city_id
    book.move(
        news.step,
        news.cause,
        leaving={event.from_tier: event.moved_seats} if event.from_city_id == city_id else {},
        arriving=[ticket for ticket in news.tickets if ticket.city_id == city_id],
        hold_id=event.hold_id,
    )


def _tickets_replaced(book: Book, news: OrderNews[OrderTicketsReplaced | OrderTicketsTransferred]) -> None:
    book.replace_tickets(news.step, news.tickets)


def _customer_changed(_book: Book, _news: OrderNews[OrderCustomerChanged]) -> None:
    """No seat is anywhere else; whom oversold ones are owed to, `inventory.oversold` keeps."""


def _disputed(book: Book, news: OrderNews[OrderDisputed]) -> None:
    book.dispute(news.step, opened=True)


def _dispute_closed(book: Book, news: OrderNews[OrderDisputeClosed]) -> None:
    """A dispute that was lost is a refund, which comes as an event of its own."""
    book.dispute(news.step, opened=not news.event.won)


EFFECTS: Final[Mapping[type[OrderEvent], OrderEffect]] = MappingProxyType(
    {
        OrderPlaced: OrderEffect(apply=_placed, only_restored=True),
        OrderPaymentPending: OrderEffect(apply=_pending),
        OrderPaid: OrderEffect(apply=_paid, new_tickets=paid_seats),
        OrderExpired: OrderEffect(apply=_ended),
        OrderCancelled: OrderEffect(apply=_ended),
        OrderPaymentFailed: OrderEffect(apply=_ended),
        OrderRefunded: OrderEffect(apply=_refunded, needs_tickets=True),
        OrderSeatsMoved: OrderEffect(
            apply=_moved, new_tickets=moved_seats, needs_tickets=True, other_holds=lambda event: (event.hold_id,)
        ),
        OrderTicketsReplaced: OrderEffect(apply=_tickets_replaced, new_tickets=replaced_tickets, needs_tickets=True),
        OrderTicketsTransferred: OrderEffect(apply=_tickets_replaced, new_tickets=replaced_tickets, needs_tickets=True),
        OrderCustomerChanged: OrderEffect(apply=_customer_changed),
        OrderDisputed: OrderEffect(apply=_disputed, needs_tickets=True),
        OrderDisputeClosed: OrderEffect(apply=_dispute_closed, needs_tickets=True),
    }
)


def followed(*, restoring: bool) -> list[type[OrderEvent]]:
    """The types that are read."""
    return [kind for kind, effect in EFFECTS.items() if restoring or not effect.only_restored]
