"""What `/find-my-purchase` says. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from chassis import formats
from chassis.ids import display_number
from chassis.money import Money
from checkout.catalogue.domain import Catalogue
from checkout.orders.domain import Order
from checkout.orders.holders import Holder
from checkout.web.purchase_views import page_of
from checkout.web.tier_views import seats
from events import OrderState, SeatState
from languages import gettext, gettext_noop, ngettext, translate

SENT: Final = (
    gettext_noop(
        "If we have a purchase or a ticket for this address, a link is on its way. It shows them for one hour."
    ),
    gettext_noop(
        "Meanwhile we look whether a payment of this address has not reached us. What is missing comes by itself,"
        " within a few minutes."
    ),
    gettext_noop("Nothing there after five minutes? Look in your spam folder, or try the address that you paid with."),
)
LINK_GOES_THERE: Final = gettext_noop("The link goes there.")
ENDED: Final = gettext_noop("That link has ended, or is not whole. Ask for a new one.")
_WORDS: Final[Mapping[OrderState, str]] = MappingProxyType(
    {
        OrderState.PLACED: gettext_noop("Not paid yet"),
        OrderState.AWAITING_PAYMENT: gettext_noop("Not paid yet"),
        OrderState.PAYMENT_PENDING: gettext_noop("Your bank moves the money"),
        OrderState.PAID: gettext_noop("Paid"),
        OrderState.PARTIALLY_REFUNDED: gettext_noop("Partly sent back"),
        OrderState.REFUNDED: gettext_noop("Sent back"),
        OrderState.DISPUTED: gettext_noop("On hold"),
    }
)
_SEAT_WORDS: Final[Mapping[SeatState, str]] = MappingProxyType(
    {
        SeatState.SOLD: gettext_noop("Given to you"),
        SeatState.FROZEN: gettext_noop("On hold"),
        SeatState.REFUNDED: gettext_noop("Not valid any more"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindView:
    """The form.

    email: as it was typed
    problem: what is wrong with it; empty where nothing is
    ended: whether somebody came by a link that leads nowhere any more
    """

    email: str = ""
    problem: str = ""
    ended: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundView:
    """A purchase in the list, or a ticket that was given to the address.

    href: its own page, with its token
    what: its seats and city
    when: its days; empty where they are not known
    facts: its number, and where it stands, in words
    """

    href: str
    what: str
    when: str
    facts: Sequence[str]


def bought_views(
    orders: Iterable[Order], catalogue: Catalogue, page: Callable[[Order, str], str], *, now: datetime
) -> Sequence[FoundView]:
    """The purchases, in their order; `page` gives the address of an order's page."""
    return [_bought(order, catalogue, page(order, page_of(order, now))) for order in orders]


def held_views(
    tickets: Iterable[tuple[Order, Holder]], catalogue: Catalogue, page: Callable[[Order, Holder], str]
) -> Sequence[FoundView]:
    """The tickets, in their order; `page` gives the address of a ticket's page."""
    return [_held(order, holder, catalogue, page(order, holder)) for order, holder in tickets]


def _bought(order: Order, catalogue: Catalogue, href: str) -> FoundView:
    what = _seats_in(catalogue, len(order.kept_seats), order.city_ids) if order.seats else _passes(order)
    number = gettext("Order %(number)s", number=display_number(order.number))
    total = formats.money(Money(order.amount, order.currency))
    facts = (number, total, translate(_WORDS[order.state]))
    return FoundView(href=href, what=what, when=_days(catalogue, order.city_ids), facts=facts)


def _held(order: Order, holder: Holder, catalogue: Catalogue, href: str) -> FoundView:
    seat = next(each for each in order.seats if each.seat == holder.seat)
    number = gettext("Ticket %(number)s", number=f"{display_number(order.number)}-{seat.seat}")
    facts = (number, translate(_SEAT_WORDS[SeatState(seat.state)]))
    cities = (seat.city_id,)
    return FoundView(href=href, what=_seats_in(catalogue, 1, cities), when=_days(catalogue, cities), facts=facts)


def _seats_in(catalogue: Catalogue, count: int, city_ids: Sequence[str]) -> str:
    names = [catalogue.cities[city_id].name for city_id in city_ids if city_id in catalogue.cities]
    return gettext("%(seats)s in %(place)s", seats=seats(count), place=formats.listing(names or list(city_ids)))


def _days(catalogue: Catalogue, city_ids: Sequence[str]) -> str:
    """Of the first city that is known."""
    city = next((catalogue.cities[city_id] for city_id in city_ids if city_id in catalogue.cities), None)
    return formats.date_range(city.starts, city.ends, city.time_zone) if city else ""


def _passes(order: Order) -> str:
    return ngettext("%(count)s pass", "%(count)s passes", sum(line.quantity for line in order.lines))
