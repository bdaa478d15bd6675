"""The words of e-mails that show tickets: stubs, times and places, and what was charged. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from chassis import formats
from chassis.ids import display_number
from chassis.money import Money
from chassis.texts import ticket_holder
from events import (
    CatalogueCityChanged,
    OrderPaid,
)
from languages import gettext, gettext_noop, ngettext, translate

_SEATS: Final = (
    gettext_noop("No seats"),
    gettext_noop("One seat"),
    gettext_noop("Two seats"),
    gettext_noop("Three seats"),
    gettext_noop("Four seats"),
    gettext_noop("Five seats"),
    gettext_noop("Six seats"),
    gettext_noop("Seven seats"),
    gettext_noop("Eight seats"),
    gettext_noop("Nine seats"),
)


@dataclass(frozen=True, slots=True)
class Stub:
    """One ticket in the confirmation e-mail; each is text as people read it.

    position: which of the order's seats: `Seat 1 of 2`
    name: whose it is: the buyer, or a guest of theirs
    tier: the tier's name
    number: the order's number with the seat's
    content_id: the id of the QR code's image within the e-mail
    code: the signed ticket code
    """

    position: str
    name: str
    tier: str
    number: str
    content_id: str
    code: str


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """A line of what was charged.

    label: what for
    amount: how much, as people read it
    """

    label: str
    amount: str


@dataclass(frozen=True, slots=True)
class ConfirmationWords:
    """The words of the confirmation e-mail; every value is plain text as people read it.

    first_name: the buyer's
    city: the city's name
    subject: the e-mail's subject
    summary: how many seats of which tiers, and when the doors open
    dates: the days: `Sat–Sun, January 24–25, 2026`
    hours: the hours, and when the doors open
    venue: the house, and the part of the city
    address: the venue's address
    notes: how to get there and in, may be empty
    stubs: one per ticket
    receipt: what was charged, line by line
    total: what was paid
    paid_on: the day of the payment
    number: the order's number: `7K3M-2QXD`
    """

    first_name: str
    city: str
    subject: str
    summary: str
    dates: str
    hours: str
    venue: str
    address: str
    notes: str
    stubs: tuple[Stub, ...]
    receipt: tuple[ReceiptLine, ...]
    total: str
    paid_on: str
    number: str


def confirmation_words(order: OrderPaid, city: CatalogueCityChanged) -> ConfirmationWords:
    """The words of the confirmation of a paid order; times are shown in the city's own zone."""
    zone = city.time_zone
    return ConfirmationWords(
        first_name=order.customer.first_name,
        city=city.name,
        subject=_subject(order, city),
        summary=_summary(order, city),
        dates=formats.weekdays_and_dates(city.starts, city.ends, zone, long=True),
        hours=gettext(
            "%(hours)s, doors open at %(time)s",
            hours=formats.hours(city.starts, city.ends, zone),
            time=formats.clock_time(city.doors, zone),
        ),
        venue=", ".join(filter(None, (city.venue.name, city.venue.district))),
        address=city.venue.address,
        notes=city.venue.notes,
        stubs=_stubs(order, city),
        receipt=_receipt(order, city),
        total=formats.money(Money(order.amount, order.currency)),
        paid_on=formats.dated(order.paid_at, zone),
        number=display_number(order.number),
    )


def _subject(order: OrderPaid, city: CatalogueCityChanged) -> str:
    return ngettext(
        "Your seat in %(city)s, %(days)s",
        "Your %(count)s seats in %(city)s, %(days)s",
        len(order.seats),
        city=city.name,
        days=formats.day_range(city.starts, city.ends, city.time_zone, long=True),
    )


def _summary(order: OrderPaid, city: CatalogueCityChanged) -> str:
    """Two seats in Dallas, General Admission. Doors open at 8:15 AM on Saturday, January 24, at Foundry Hall."""
    number = len(order.seats)
    few = number < len(_SEATS)
    seats = translate(_SEATS[number]) if few else ngettext("%(count)s seat", "%(count)s seats", number)
    tiers = ", ".join(tier_name(city, tier) for tier in order.quantities)
    return gettext(
        "%(seats)s in %(city)s, %(tiers)s. Doors open at %(time)s on %(day)s, at %(venue)s.",
        seats=seats,
        city=city.name,
        tiers=tiers,
        time=formats.clock_time(city.doors, city.time_zone),
        day=formats.weekday_and_day(city.doors, city.time_zone),
        venue=city.venue.name,
    )


def tier_name(city: CatalogueCityChanged, tier: str) -> str:
    """The tier's name in the catalogue; a tier that it lacks is shown by its id."""
    known = city.tiers.get(tier)
    return known.name if known else tier.upper()


def _stubs(order: OrderPaid, city: CatalogueCityChanged) -> tuple[Stub, ...]:
    tiers = {seat.seat: seat.tier for seat in order.seats}
    return tuple(
        Stub(
            position=_position(order, ticket.seat),
            name=_holder_of(order, ticket.seat),
            tier=tier_name(city, tiers[ticket.seat]),
            number=f"{display_number(order.number)}-{ticket.seat}",
            content_id=f"ticket-{ticket.seat}",
            code=ticket.code,
        )
        for ticket in sorted(order.tickets, key=lambda ticket: ticket.seat)
    )


def _position(order: OrderPaid, seat: int) -> str:
    """Of a ticket that was given to somebody nothing is said of the order's other seats."""
    if order.holders:
        return gettext("Seat %(seat)s", seat=seat)
    return gettext("Seat %(number)s of %(all)s", number=seat, all=len(order.seats))


def _holder_of(order: OrderPaid, seat: int) -> str:
    given = (f"{each.first_name} {each.last_name}" for each in order.holders if each.seat == seat)
    customer = order.customer
    return next(given, ticket_holder(customer.first_name, customer.last_name, seat=seat))


def _receipt(order: OrderPaid, city: CatalogueCityChanged) -> tuple[ReceiptLine, ...]:
    """What was charged, as the form and the payment page show it: list prices and each discount by itself."""
    return tuple(_receipt_lines(order, city))


def _receipt_lines(order: OrderPaid, city: CatalogueCityChanged) -> Iterator[ReceiptLine]:
    for line in order.lines:
        listed = Money(line.list_price * line.quantity, order.currency)
        yield ReceiptLine(f"{line.quantity} × {tier_name(city, line.tier)}", formats.money(listed))
        for discount in line.discounts:
            yield ReceiptLine(discount.label, formats.money(Money(-discount.amount, order.currency)))
    if order.discount_total and not any(line.discounts for line in order.lines):
        yield ReceiptLine(gettext("Discount"), formats.money(Money(-order.discount_total, order.currency)))
