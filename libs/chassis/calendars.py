"""The workshop of an order as a calendar file (RFC 5545): the same for the page and for the mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from icalendar import Calendar, Event

from chassis import formats
from chassis.ids import display_number
from events import CatalogueCityChanged


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """What a calendar is told of an order.

    order_id: makes the entry's id, so that a calendar replaces an older copy of it
    number: the order's number
    seats: how many there are
    link: where its tickets are shown
    business: who holds the workshop
    written_at: when the file is made
    """

    order_id: UUID
    number: str
    seats: int
    link: str
    business: str
    written_at: datetime


def calendar_file(entry: CalendarEntry, city: CatalogueCityChanged) -> bytes:
    """One event from start to end, in UTC: each calendar shows it in its own zone. The library escapes values."""
    event = Event()
    event.add("uid", f"{entry.order_id}@fullhouse")
    event.add("sequence", city.version)
    event.add("dtstamp", entry.written_at.astimezone(UTC))
    event.add("dtstart", city.starts.astimezone(UTC))
    event.add("dtend", city.ends.astimezone(UTC))
    event.add("summary", f"{entry.business}, {city.name}")
    event.add("location", ", ".join(filter(None, (city.venue.name, city.venue.address))))
    event.add("description", _description(entry, city))
    event.add("url", entry.link)
    calendar = Calendar()
    calendar.add("prodid", f"-//Fullhouse//{entry.business}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made


def _description(entry: CalendarEntry, city: CatalogueCityChanged) -> str:
    seats = "1 seat" if entry.seats == 1 else f"{entry.seats} seats"
    lines = (
        f"{seats}, order {display_number(entry.number)}.",
        f"Doors open at {formats.clock_time(city.doors, city.time_zone)}.",
        f"Your tickets: {entry.link}",
        city.venue.notes,
    )
    return "\n".join(filter(None, lines))
