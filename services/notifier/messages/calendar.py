"""The calendar file of a confirmation (RFC 5545)."""

from __future__ import annotations

from datetime import UTC

from icalendar import Calendar, Event

from chassis.ids import display_number
from events import CatalogueCityChanged, OrderPaid


def calendar_file(order: OrderPaid, city: CatalogueCityChanged, *, business: str, link: str) -> bytes:
    """One event from start to end, in UTC: each calendar shows it in its own zone. The library escapes values."""
    event = Event()
    event.add("uid", f"{order.order_id}@fullhouse")
    event.add("dtstamp", order.paid_at.astimezone(UTC))
    event.add("dtstart", city.starts.astimezone(UTC))
    event.add("dtend", city.ends.astimezone(UTC))
    event.add("summary", f"{business}, {city.name}")
    event.add("location", ", ".join(filter(None, (city.venue.name, city.venue.address))))
    notes = f"\n{city.venue.notes}" if city.venue.notes else ""
    event.add("description", f"Order {display_number(order.number)}. Your tickets: {link}{notes}")
    event.add("url", link)
    calendar = Calendar()
    calendar.add("prodid", f"-//Fullhouse//{business}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    made: bytes = calendar.to_ical()
    return made
