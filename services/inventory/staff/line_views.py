"""What the page of a city's waiting list says (I-10). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from chassis import formats
from inventory.staff.inside_views import Choice
from inventory.staff.stock_views import NONE, address, number
from inventory.waitlist.domain import EntryState
from inventory.waitlist.service import Standing

PAGE: Final = "waitlist"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRow:
    """Somebody in line, as the page shows it.

    place: counts from 1 among those who wait for the same tier; a dash for who waits no more
    tier: the kind of seat
    seats: how many, all or nothing
    name, email: who it is
    since: when the person came
    until: when the newest offer ends, or ended; a dash without one
    """

    place: str
    tier: str
    seats: str
    name: str
    email: str
    since: str
    until: str


def line_rows(found: Iterable[Standing], zone: str, *, now: datetime) -> list[LineRow]:
    """The line, in its order, by the city's clock."""
    return [_row(each, zone, now) for each in found]


def states(city_id: str, *, chosen: EntryState) -> list[Choice]:
    """Who waits, and those whose waiting has come to something."""
    return [
        Choice(name=each.capitalize(), href=line_address(city_id, state=each), here=each is chosen)
        for each in EntryState
    ]


def line_address(city_id: str, *, state: EntryState = EntryState.WAITING, cursor: str | None = None) -> str:
    """The page with the list narrowed so, at this place."""
    given = {"state": state.value, **({"cursor": cursor} if cursor else {})}
    return f"{address(city_id, PAGE)}?{urlencode(given)}"


def _row(standing: Standing, zone: str, now: datetime) -> LineRow:
    entry = standing.entry
    return LineRow(
        place=number(standing.ahead + 1) if entry.state is EntryState.WAITING else NONE,
        tier=entry.tier.upper(),
        seats=number(entry.quantity),
        name=entry.person.first_name,
        email=entry.person.email,
        since=formats.recent(entry.joined_at, zone, now=now),
        until=formats.recent(entry.offered_until, zone, now=now) if entry.offered_until else NONE,
    )
