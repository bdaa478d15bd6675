"""The facts that messages are made of, and their words. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import Field

from chassis import formats
from chassis.errors import Dead
from chassis.ids import display_number
from chassis.money import Money
from config import Brand
from events import (
    CatalogueCityChanged,
    LineKind,
    OrderCustomerChanged,
    OrderEvent,
    OrderPaid,
    OrderSeatsMoved,
    OrderTicketsReplaced,
    OrderTicketsRequested,
    Part,
    SeatState,
)
from events.base import MinorUnits
from languages import gettext

SALE: Final = "sale"
CONFIRMATION: Final = "confirmation"
SEAT_FOUND: Final = "seat_found"
SEATS_MOVED: Final = "seats_moved"
TICKETS_REPLACED: Final = "tickets_replaced"
TICKETS_AGAIN: Final = "tickets_again"
CUSTOMER_CHANGED: Final = "customer_changed"
# What brings tickets that are good from then on.
Reissue = OrderSeatsMoved | OrderTicketsReplaced | OrderTicketsRequested | OrderCustomerChanged
# What shows an order's tickets; the newest of an order has those that are good now.
WITH_TICKETS: Final = (CONFIRMATION, SEAT_FOUND, SEATS_MOVED, TICKETS_REPLACED, TICKETS_AGAIN, CUSTOMER_CHANGED)
STALE_AFTER: Final = timedelta(seconds=60)


class Action(StrEnum):
    """What people have sent by hand, as the audit keeps it."""

    SMS_TRIED = "test_sms_sent"
    EMAIL_TRIED = "test_email_sent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What all messages of this installation share.

    brand: gives the brand; it is called each time, since configuration may be reloaded
    public_url: the gateway's address, with which links begin
    zone: the business's time zone
    """

    brand: Callable[[], Brand]
    public_url: str
    zone: ZoneInfo


def addressed(said: str, first_name: str) -> str:
    """What is said, to whom: `You’re in, Jordan.`; a payer without a name is told the same."""
    return f"{said}, {first_name}." if first_name else f"{said}."


def where(seats: str, city: CatalogueCityChanged | None, *, city_id: str) -> str:
    """`2 seats in Dallas, January 24–25`; a city that is not known is called by its id."""
    if city is None:
        return gettext("%(seats)s in %(place)s", seats=seats, place=city_id)
    days = formats.day_range(city.starts, city.ends, city.time_zone, long=True)
    return gettext("%(seats)s in %(city)s, %(days)s", seats=seats, city=city.name, days=days)


def city_of(order: OrderEvent) -> str:
    """The city of the seats that an order has; raises `Dead` unless there is one: a message tells of one city."""
    kept = {seat.city_id for seat in order.seats if seat.state != SeatState.REFUNDED}
    cities = kept or set(order.city_ids)
    if len(cities) != 1:
        raise Dead(f"order {order.order_id} has seats in {len(cities)} cities")
    return cities.pop()


class SaleFacts(Part):
    """What the owners are told of a sale; nothing personal (N-1).

    number: the order's number, 8 characters
    city_id: where the seats are; empty where there are none
    quantities: how many seats, by tier
    others: how many of what has no seats, by its name
    amount: what was paid, in minor units of `currency`
    currency: ISO 4217
    member: whether the member's price was paid
    """

    number: str
    city_id: str
    quantities: dict[str, int]
    amount: MinorUnits
    currency: str
    member: bool
    others: dict[str, int] = Field(default_factory=dict)

    @classmethod
    def of(cls, order: OrderPaid) -> SaleFacts:
        """The facts of a paid order; raises `Dead` as `city_of`."""
        return cls(
            number=order.number,
            city_id=city_of(order) if order.seats else "",
            quantities=order.quantities,
            others={line.name or line.item_id: line.quantity for line in order.lines if line.kind != LineKind.SEATS},
            amount=order.amount,
            currency=order.currency,
            member=order.member,
        )


class ConfirmationFacts(Part):
    """What the buyer is told.

    order: the paid order, with the tickets that are good now
    oversold: whether it is paid although no limit had room for seats of it (I-3)
    owed: for how many of them there is none yet
    """

    order: OrderPaid
    oversold: bool = False
    owed: int = 0

    def reissued(self, event: Reissue) -> ConfirmationFacts:
        """The same with new tickets: none of seats that were refunded or given away; moved seats are owed no longer."""
        new = {ticket.seat: ticket for ticket in event.tickets}
        kept = {seat.seat for seat in event.seats if seat.state != SeatState.REFUNDED}
        kept -= {holder.seat for holder in event.holders}
        now = {
            "version": event.version,
            "customer": event.customer,
            "link": event.link,
            "holders": event.holders,
            "lines": event.lines,
            "seats": event.seats,
            "tickets": tuple(new.get(each.seat, each) for each in self.order.tickets if each.seat in kept),
        }
        moved = isinstance(event, OrderSeatsMoved)
        return ConfirmationFacts(
            order=self.order.model_copy(update=now),
            oversold=self.oversold and not moved,
            owed=0 if moved else self.owed,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """A city's stock as the notifier last saw it.

    version: the version of the city's stock
    available: seats left publicly, by tier
    as_of: when the stock had this version
    """

    version: int
    available: dict[str, int]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class SaleWords:
    """The words of the sale SMS; each is text as people read it.

    seats: how many of each tier, or of what has none: `2 GA, 1 VIP`
    city: the city's name; empty where there are no seats
    amount: what was paid: `$958.40`
    member: `member` or `non-member`
    left: seats left of each tier, empty when the stock was never seen
    as_of: when that was, empty when it is recent
    number: the order's number: `7K3M-2QXD`
    """

    seats: str
    city: str
    amount: str
    member: str
    left: str
    as_of: str
    number: str


def sale_words(
    facts: SaleFacts, *, city: CatalogueCityChanged | None, levels: Levels | None, now: datetime, zone: ZoneInfo
) -> SaleWords:
    """The words of the sale SMS at `now`; `zone` is the business's.

    `left` is empty without `levels`; `as_of` is empty unless they are older than `STALE_AFTER`.
    """
    stale = levels is not None and now - levels.as_of > STALE_AFTER
    seats = (f"{count} {tier.upper()}" for tier, count in facts.quantities.items())
    return SaleWords(
        seats=", ".join((*seats, *(f"{count} {name}" for name, count in facts.others.items()))),
        city=city.name if city else facts.city_id,
        amount=formats.money(Money(facts.amount, facts.currency)),
        member="member" if facts.member else "non-member",
        left=", ".join(f"{count} {tier.upper()}" for tier, count in levels.available.items()) if levels else "",
        as_of=formats.recent(levels.as_of, zone.key, now=now) if levels and stale else "",
        number=display_number(facts.number),
    )
