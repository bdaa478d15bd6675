"""What the page of who is in says. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from chassis import formats
from chassis.ids import display_number
from inventory.doors.domain import DoorCity, DoorCounts, Inside, LoggedEntry

HOME: Final = "/staff/inside"
# A workshop of two days is still the one that counts on its second.
LASTS: Final = timedelta(days=3)

_WHY: Final[Mapping[str, str]] = MappingProxyType(
    {
        "already_used": "Two people came in on it; this one was later",
        "refunded": "It was refunded",
        "moved": "An older code of its seat",
        "oversold": "Its seat is not settled",
        "disputed": "The bank has taken the payment back",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A city to look at.

    name: what people call it
    href: where it leads
    here: whether it is shown now
    """

    name: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Full:
    """How full a city is.

    inside, tickets: how many are in, of how many tickets
    tiers: tier, how many are in, of how many tickets
    doors: door, how many came in there
    """

    inside: int
    tickets: int
    tiers: Sequence[tuple[str, int, int]]
    doors: Sequence[tuple[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestRow:
    """Somebody who came in, as the page shows it; whose ticket it is, the order says.

    at: when
    ticket: what stands on it
    tier: the kind of seat
    door: where
    why: why it was not right that they came; empty where it was
    """

    at: str
    ticket: str
    tier: str
    door: str
    why: str = ""


def nearest(cities: Sequence[DoorCity], now: datetime) -> DoorCity | None:
    """The city that is on now or begins next; of those that are over the last one."""
    coming = [city for city in cities if city.starts is None or city.starts + LASTS > now]
    return coming[0] if coming else cities[-1] if cities else None


def choices(cities: Iterable[DoorCity], *, chosen: str) -> list[Choice]:
    return [Choice(name=city.name, href=address(city.city_id), here=city.city_id == chosen) for city in cities]


def full(counts: DoorCounts) -> Full:
    tiers = sorted({*counts.tickets, *counts.inside})
    return Full(
        inside=sum(counts.inside.values()),
        tickets=sum(counts.tickets.values()),
        tiers=[(tier.upper(), counts.inside.get(tier, 0), counts.tickets.get(tier, 0)) for tier in tiers],
        doors=[(door or "Without a name", came) for door, came in sorted(counts.doors.items())],
    )


def inside_rows(found: Iterable[Inside], city: DoorCity, *, now: datetime) -> list[GuestRow]:
    """Who is in, in their order, by the city's clock."""
    return [
        GuestRow(
            at=formats.recent(each.scanned_at, city.time_zone, now=now),
            ticket=_ticket(each.order_number, each.order_id, each.seat),
            tier=each.tier.upper(),
            door=each.door or "–",
        )
        for each in found
    ]


def conflict_rows(found: Iterable[LoggedEntry], city: DoorCity, *, now: datetime) -> list[GuestRow]:
    """Who was let in and should not have been, in their order, by the city's clock."""
    return [
        GuestRow(
            at=formats.recent(each.entry.scanned_at, city.time_zone, now=now),
            ticket=_ticket(each.order_number, each.entry.order_id, each.entry.seat),
            tier=each.entry.tier.upper(),
            door=each.entry.door or "–",
            why=_WHY.get(each.entry.cause, "It is for another city"),
        )
        for each in found
    ]


def address(city_id: str, *, cursor: str | None = None) -> str:
    """The page of this city, at this place."""
    return f"{HOME}?{urlencode({'city': city_id, **({'cursor': cursor} if cursor else {})})}"


def _ticket(number: str | None, order_id: UUID, seat: int) -> str:
    return f"{display_number(number) if number else order_id}-{seat}"
