"""The workshop of an order as a calendar file."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vText

from checkout.orders.domain import Order
from events import CatalogueCityChanged

PRODUCT = "-//Fullhouse//Tickets//EN"


def calendar_file(order: Order, city: CatalogueCityChanged, *, now: datetime) -> bytes:
    """The workshop as a calendar file (RFC 5545), in the city's own time zone."""
    zone = ZoneInfo(city.time_zone)
    calendar, event = Calendar(), Event()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    event.add("uid", f"{order.order_id}@fullhouse")
    event.add("dtstamp", now)
    event.add("dtstart", city.starts.astimezone(zone))
    event.add("dtend", city.ends.astimezone(zone))
    event.add("summary", f"{city.name} workshop")
    event.add("location", vText(f"{city.venue.name}, {city.venue.address}"))
    event.add("description", _description(order, city, zone))
    event.add("sequence", city.version)
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _description(order: Order, city: CatalogueCityChanged, zone: ZoneInfo) -> str:
    seats = "1 seat" if len(order.seats) == 1 else f"{len(order.seats)} seats"
    doors = city.doors.astimezone(zone).strftime("%H:%M")
    lines = [f"{seats}, {city.tiers[order.line.tier].name}.", f"Order {order.number}.", f"Doors open at {doors}."]
    return "\n".join([*lines, city.venue.notes] if city.venue.notes else lines)
