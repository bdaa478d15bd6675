"""Writes an order's workshop as a calendar file (RFC 5545), the same for page and e-mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from chassis import formats
from chassis.ids import display_number
from events import CatalogueCityChanged
from languages import gettext, ngettext


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEntry:
    """What a calendar is told of an order. Calendars are shared: nothing in it opens the order.

    order_id: makes the entries' ids, so that a calendar replaces its older copies
    number: the order's number
    seats: how many there are
    business: who holds the workshop
    written_at: when the file is made
    """

    order_id: UUID
    number: str
    seats: int
    business: str
    written_at: datetime


def calendar_file(entry: CalendarEntry, city: CatalogueCityChanged) -> bytes:
    """An event a day, in UTC: each calendar shows it in its own zone. The library escapes values."""
    calendar = Calendar()
    calendar.add("prodid", f"-//Fullhouse//{entry.business}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    for day, (starts, ends) in enumerate(days_of(city), start=1):
        calendar.add_component(_event(entry, city, day=day, starts=starts, ends=ends))
    made: bytes = calendar.to_ical()
    return made


def days_of(city: CatalogueCityChanged) -> Iterator[tuple[datetime, datetime]]:
    """When each day of the workshop begins and ends; one that goes on through the night counts as one day."""
    zone = ZoneInfo(city.time_zone)
    first, last = city.starts.astimezone(zone), city.ends.astimezone(zone)
    if first.time() >= last.time():
        yield city.starts, city.ends
        return
    for number in range((last.date() - first.date()).days + 1):
        day = first.date() + timedelta(days=number)
        yield datetime.combine(day, first.time(), zone), datetime.combine(day, last.time(), zone)


def _event(entry: CalendarEntry, city: CatalogueCityChanged, *, day: int, starts: datetime, ends: datetime) -> Event:
    event = Event()
    event.add("uid", f"{entry.order_id}-{day}@fullhouse")
    event.add("sequence", city.version)
    event.add("dtstamp", entry.written_at.astimezone(UTC))
    event.add("dtstart", starts.astimezone(UTC))
    event.add("dtend", ends.astimezone(UTC))
    event.add("summary", f"{entry.business}, {city.name}")
    event.add("location", ", ".join(filter(None, (city.venue.name, city.venue.address))))
    event.add("description", _description(entry, city))
    return event


def _description(entry: CalendarEntry, city: CatalogueCityChanged) -> str:
    seats = ngettext("%(count)s seat", "%(count)s seats", entry.seats)
    lines = (
        gettext("%(seats)s, order %(number)s.", seats=seats, number=display_number(entry.number)),
        gettext("Doors open at %(time)s.", time=formats.clock_time(city.doors, city.time_zone)),
        city.venue.notes,
    )
    return "\n".join(filter(None, lines))
