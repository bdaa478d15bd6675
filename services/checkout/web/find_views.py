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
from checkout.web.purchase_views import page_of
from checkout.web.tier_views import seats
from events import OrderState
from languages import gettext, gettext_noop, ngettext, translate

SENT: Final = (
    gettext_noop(
        "If we have a purchase for this address, a link is on its way. It shows your orders and tickets for one hour."
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
    """A purchase in the list.

    number: the order's number
    href: its own page, with its token
    what: its seats and city
    when: its days; empty where they are not known
    state: where it stands, in words
    total: what it costs
    """

    number: str
    href: str
    what: str
    when: str
    state: str
    total: str


def found_views(
    orders: Iterable[Order], catalogue: Catalogue, page: Callable[[Order, str], str], *, now: datetime
) -> Sequence[FoundView]:
    """The list, in its order; `page` gives the address of an order's page."""
    return [_found(order, catalogue, page(order, page_of(order, now))) for order in orders]


def _found(order: Order, catalogue: Catalogue, href: str) -> FoundView:
    cities = [catalogue.cities[city_id] for city_id in order.city_ids if city_id in catalogue.cities]
    names = formats.listing([city.name for city in cities] or list(order.city_ids))
    return FoundView(
        number=display_number(order.number),
        href=href,
        what=gettext("%(seats)s in %(place)s", seats=seats(len(order.kept_seats)), place=names)
        if order.seats
        else _passes(order),
        when=formats.date_range(cities[0].starts, cities[0].ends, cities[0].time_zone) if cities else "",
        state=translate(_WORDS[order.state]),
        total=formats.money(Money(order.amount, order.currency)),
    )


def _passes(order: Order) -> str:
    return ngettext("%(count)s pass", "%(count)s passes", sum(line.quantity for line in order.lines))
