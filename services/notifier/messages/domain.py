"""Facts that messages are made from, and how they are worded. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from chassis import formats
from chassis.errors import Dead
from chassis.ids import display_number
from chassis.money import Money
from events import CatalogueCityChanged, OrderPaid, Part
from events.base import MinorUnits

SALE: Final = "sale"
CONFIRMATION: Final = "confirmation"
STALE_AFTER: Final = timedelta(seconds=60)
_WORDS: Final = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")


def city_of(order: OrderPaid) -> str:
    """The city of an order's seats. Messages tell of one: `Dead` for an order of several, or of none."""
    if len(order.city_ids) != 1:
        raise Dead(f"order {order.order_id} has seats in {len(order.city_ids)} cities")
    return order.city_ids[0]


class SaleFacts(Part):
    """What the owners hear of a sale; nothing personal (N-1)."""

    number: str
    city_id: str
    quantities: dict[str, int]
    amount: MinorUnits
    currency: str
    member: bool

    @classmethod
    def of(cls, order: OrderPaid) -> SaleFacts:
        return cls(
            number=order.number,
            city_id=city_of(order),
            quantities=order.quantities,
            amount=order.amount,
            currency=order.currency,
            member=order.member,
        )


class ConfirmationFacts(Part):
    """What the buyer hears. `oversold`: paid, but no limit had room for the seats (I-3)."""

    order: OrderPaid
    oversold: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """What is left publicly of each tier, as of a moment."""

    version: int
    available: dict[str, int]
    as_of: datetime


@dataclass(frozen=True, slots=True)
class SaleWords:
    """The sale SMS, in words."""

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
    """`left` is empty when nothing was ever seen of the city's stock; `as_of` unless that view is recent."""
    stale = levels is not None and now - levels.as_of > STALE_AFTER
    return SaleWords(
        seats=", ".join(f"{count} {tier.upper()}" for tier, count in facts.quantities.items()),
        city=city.name if city else facts.city_id,
        amount=formats.money(Money(facts.amount, facts.currency)),
        member="member" if facts.member else "non-member",
        left=", ".join(f"{count} {tier.upper()}" for tier, count in levels.available.items()) if levels else "",
        as_of=formats.recent(levels.as_of, zone.key, now=now) if levels and stale else "",
        number=display_number(facts.number),
    )


@dataclass(frozen=True, slots=True)
class Stub:
    """One ticket as the mail shows it; `content_id` is its QR code's."""

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
    """The confirmation, in words; every value is plain text."""

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
    zone, month = city.time_zone, formats.LONG_MONTH
    days = formats.day_range(city.starts, city.ends, zone, month=month)
    seats = "seat" if len(order.seats) == 1 else f"{len(order.seats)} seats"
    return ConfirmationWords(
        first_name=order.customer.first_name,
        city=city.name,
        subject=f"Your {seats} in {city.name}, {days}",
        summary=_summary(order, city),
        dates=formats.weekdays_and_dates(city.starts, city.ends, zone, month=month),
        hours=f"{formats.hours(city.starts, city.ends, zone)}, doors open at {formats.clock_time(city.doors, zone)}",
        venue=", ".join(filter(None, (city.venue.name, city.venue.district))),
        address=city.venue.address,
        notes=city.venue.notes,
        stubs=_stubs(order, city),
        receipt=_receipt(order, city),
        total=formats.money(Money(order.amount, order.currency)),
        paid_on=formats.dated(order.paid_at, zone),
        number=display_number(order.number),
    )


def _summary(order: OrderPaid, city: CatalogueCityChanged) -> str:
    """Two seats in Dallas, General Admission. Doors open at 8:15 AM on Saturday, January 24, at Foundry Hall."""
    number = len(order.seats)
    count = _WORDS[number] if number < len(_WORDS) else str(number)
    seats = "seat" if number == 1 else "seats"
    tiers = ", ".join(tier_name(city, tier) for tier in order.quantities)
    time = formats.clock_time(city.doors, city.time_zone)
    day = formats.weekday_and_day(city.doors, city.time_zone)
    return f"{count} {seats} in {city.name}, {tiers}. Doors open at {time} on {day}, at {city.venue.name}."


def tier_name(city: CatalogueCityChanged, tier: str) -> str:
    known = city.tiers.get(tier)
    return known.name if known else tier.upper()


def _stubs(order: OrderPaid, city: CatalogueCityChanged) -> tuple[Stub, ...]:
    buyer = f"{order.customer.first_name} {order.customer.last_name}".strip()
    count, tiers = len(order.tickets), {seat.seat: seat.tier for seat in order.seats}
    return tuple(
        Stub(
            position=f"Seat {ticket.seat} of {count}",
            name=buyer if ticket.seat == 1 else f"Guest of {buyer}",
            tier=tier_name(city, tiers[ticket.seat]),
            number=f"{display_number(order.number)}-{ticket.seat}",
            content_id=f"ticket-{ticket.seat}",
            code=ticket.code,
        )
        for ticket in sorted(order.tickets, key=lambda ticket: ticket.seat)
    )


def _receipt(order: OrderPaid, city: CatalogueCityChanged) -> tuple[ReceiptLine, ...]:
    """What was charged, line by line: list prices, then the discount, which add up to the total."""
    lines = [
        ReceiptLine(
            f"{line.quantity} × {tier_name(city, line.tier)}",
            formats.money(Money(line.list_price * line.quantity, order.currency)),
        )
        for line in order.lines
    ]
    if order.discount_total:
        label = f"Code {order.discount_code}" if order.discount_code else "Member price"
        label = label if order.discount_code or order.member else "Discount"
        lines.append(ReceiptLine(label, formats.money(Money(-order.discount_total, order.currency))))
    return tuple(lines)
