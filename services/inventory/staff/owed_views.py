"""What the page of a city says of oversold seats: whose they are, and what can be done (I-3). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from chassis import formats
from chassis.ids import display_number
from inventory.oversold.domain import OwedSeats, masked


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedRow:
    """An order's oversold seats of a pool, as the page shows them.

    since: when they were paid
    order_id: the order
    order: its short number, or its id where it has none
    tier: the kind of seat
    seats: their numbers within the order
    name, email, phone: whose they are; empty where that is not known here
    """

    since: str
    order_id: str
    order: str
    tier: str
    seats: str
    name: str = ""
    email: str = ""
    phone: str = ""


def owed_rows(found: Iterable[OwedSeats], zone: str, *, now: datetime, whole: bool) -> list[OwedRow]:
    """The seats, in their order, by the city's clock; customers are masked unless they may be shown `whole`."""
    return [_row(each, zone, now, whole=whole) for each in found]


def _row(owed: OwedSeats, zone: str, now: datetime, *, whole: bool) -> OwedRow:
    customer = owed.customer if whole or owed.customer is None else masked(owed.customer)
    return OwedRow(
        since=formats.recent(owed.since, zone, now=now),
        order_id=str(owed.order_id),
        order=display_number(owed.order_number) if owed.order_number else str(owed.order_id),
        tier=owed.tier.upper(),
        seats=", ".join(map(str, owed.seats)),
        name=f"{customer.first_name} {customer.last_name}" if customer else "",
        email=customer.email if customer else "",
        phone=(customer.phone or "") if customer else "",
    )
