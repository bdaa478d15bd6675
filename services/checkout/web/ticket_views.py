"""The stubs of an order's tickets, as its buyer and whoever was given one see them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from chassis import formats
from chassis.ids import display_number
from chassis.texts import ticket_holder
from checkout.catalogue.domain import Catalogue
from checkout.orders.domain import Order
from events import OrderSeat
from languages import gettext
from ui import poster_class


@dataclass(frozen=True, slots=True)
class TicketView:
    """One stub. Without a `qr` it is a ticket-sized space that says what happens in it, or whom it was `given` to."""

    seat: str
    city: str
    poster_size: str
    admit: str
    tier: str
    doors: str
    dates: str
    hours: str
    venue: str
    address: str
    number: str
    qr: Markup | None
    given: str = ""


def ticket_views(order: Order, catalogue: Catalogue, codes: Sequence[Markup]) -> Iterator[TicketView]:
    """A stub for each seat, with or without its code, so that the page does not move when they come."""
    made = {ticket.seat: code for ticket, code in zip(order.tickets, codes, strict=True)}
    for seat in order.kept_seats:
        holder = order.holder_of(seat.seat)
        yield ticket_view(
            order,
            seat,
            catalogue,
            label=gettext("Seat %(number)s of %(all)s", number=seat.seat, all=len(order.seats)),
            admit=holder.person.name if holder else _guest(order, seat.seat),
            qr=None if holder else made.get(seat.seat),
            given=gettext("You gave it to %(name)s.", name=holder.person.name) if holder else "",
        )


def ticket_view(
    order: Order, seat: OrderSeat, catalogue: Catalogue, *, label: str, admit: str, qr: Markup | None, given: str = ""
) -> TicketView:
    """The stub of a seat, in the city where the seat is now. `label`: what the seat is called on it."""
    city = catalogue.cities[seat.city_id]
    return TicketView(
        seat=label,
        city=city.name,
        poster_size=poster_class(city.name),
        admit=admit,
        tier=catalogue.tier_name(city.city_id, seat.tier),
        doors=gettext("Doors %(time)s", time=formats.clock_time(city.doors, city.time_zone)),
        dates=formats.date_range(city.starts, city.ends, city.time_zone),
        hours=formats.hours(city.starts, city.ends, city.time_zone),
        venue=city.venue.name,
        address=city.venue.address,
        number=f"{display_number(order.number)}-{seat.seat}",
        qr=qr,
        given=given,
    )


def _guest(order: Order, seat: int) -> str:
    return ticket_holder(order.customer.first_name, order.customer.last_name, seat=seat)
