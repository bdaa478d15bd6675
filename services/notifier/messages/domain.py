"""Facts that messages are made from, and how they are worded. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time, get_timezone_name

from chassis.errors import Dead
from chassis.ids import display_number
from chassis.money import Money, format_money
from events import CatalogueCityChanged, OrderPaid, Part
from events.base import MinorUnits

SALE: Final = "sale"
CONFIRMATION: Final = "confirmation"
STALE_AFTER: Final = timedelta(seconds=60)
_LOCALE: Final = "en_US"
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
        amount=format_money(Money(facts.amount, facts.currency)),
        member="member" if facts.member else "non-member",
        left=", ".join(f"{count} {tier.upper()}" for tier, count in levels.available.items()) if levels else "",
        as_of=_moment(levels.as_of, now=now, zone=zone) if levels and stale else "",
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
    zone = ZoneInfo(city.time_zone)
    days = day_range(city.starts, city.ends, zone)
    seats = "seat" if len(order.seats) == 1 else f"{len(order.seats)} seats"
    return ConfirmationWords(
        first_name=order.customer.first_name,
        city=city.name,
        subject=f"Your {seats} in {city.name}, {days}",
        summary=_summary(order, city, zone),
        dates=f"{_weekdays(city, zone)}, {days}, {city.starts.astimezone(zone).year}",
        hours=_hours(city, zone),
        venue=", ".join(filter(None, (city.venue.name, city.venue.district))),
        address=city.venue.address,
        notes=city.venue.notes,
        stubs=_stubs(order, city),
        receipt=_receipt(order, city),
        total=format_money(Money(order.amount, order.currency)),
        paid_on=format_date(order.paid_at.astimezone(zone).date(), "MMMM d, y", locale=_LOCALE),
        number=display_number(order.number),
    )


def clock(moment: datetime, zone: ZoneInfo) -> str:
    """2:14 PM, kept together by a no-break space."""
    return format_time(moment, "h:mm a", tzinfo=zone, locale=_LOCALE).replace("\u202f", "\u00a0")


def day_range(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """January 24–25; January 31–February 1; one day alone: January 24."""
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    opening = format_date(first, "MMMM d", locale=_LOCALE)
    if first == last:
        return opening
    pattern = "d" if (first.year, first.month) == (last.year, last.month) else "MMMM d"
    return f"{opening}–{format_date(last, pattern, locale=_LOCALE)}"


def _summary(order: OrderPaid, city: CatalogueCityChanged, zone: ZoneInfo) -> str:
    """Two seats in Dallas, General Admission. Doors open at 8:15 AM on Saturday, January 24, at Foundry Hall."""
    number = len(order.seats)
    count = _WORDS[number] if number < len(_WORDS) else str(number)
    seats = "seat" if number == 1 else "seats"
    tiers = ", ".join(tier_name(city, tier) for tier in order.quantities)
    day = format_date(city.doors.astimezone(zone).date(), "EEEE, MMMM d", locale=_LOCALE)
    return (
        f"{count} {seats} in {city.name}, {tiers}. "
        f"Doors open at {clock(city.doors, zone)} on {day}, at {city.venue.name}."
    )


def _weekdays(city: CatalogueCityChanged, zone: ZoneInfo) -> str:
    days = [moment.astimezone(zone).date() for moment in (city.starts, city.ends)]
    return "–".join(dict.fromkeys(format_date(day, "EEE", locale=_LOCALE) for day in days))


def _hours(city: CatalogueCityChanged, zone: ZoneInfo) -> str:
    """9 AM – 5 PM CST, doors open at 8:15 AM."""
    begin, end = (clock(moment, zone).replace(":00", "") for moment in (city.starts, city.ends))
    name = get_timezone_name(city.starts.astimezone(zone), width="short", locale=_LOCALE)
    return f"{begin} – {end} {name}, doors open at {clock(city.doors, zone)}"


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
            format_money(Money(line.list_price * line.quantity, order.currency)),
        )
        for line in order.lines
    ]
    if order.discount_total:
        label = f"Code {order.discount_code}" if order.discount_code else "Member price"
        label = label if order.discount_code or order.member else "Discount"
        lines.append(ReceiptLine(label, f"−{format_money(Money(order.discount_total, order.currency))}"))
    return tuple(lines)


def _moment(moment: datetime, *, now: datetime, zone: ZoneInfo) -> str:
    """2:14 PM, with the day when that was not today."""
    time = clock(moment, zone)
    if moment.astimezone(zone).date() == now.astimezone(zone).date():
        return time
    return f"{format_date(moment.astimezone(zone).date(), 'MMM d', locale=_LOCALE)}, {time}"
