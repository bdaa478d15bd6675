"""What the list of orders says, and how what somebody types into its search is meant. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from chassis import formats
from chassis.ids import parse_short_number
from chassis.money import Money
from checkout.orders.list_store import OrderFilters
from checkout.orders.models import OrderOut
from events import CatalogueCityChanged, OrderState

HOME: Final = "/staff/orders"
NONE: Final = "–"

# Mark and word of each state.
STATES: Final[Mapping[OrderState, tuple[str, str]]] = MappingProxyType(
    {
        OrderState.PLACED: ("waiting", "Placed"),
        OrderState.AWAITING_PAYMENT: ("waiting", "Being paid"),
        OrderState.PAYMENT_PENDING: ("waiting", "Money on its way"),
        OrderState.PAID: ("ok", "Paid"),
        OrderState.PARTIALLY_REFUNDED: ("ok", "Partly refunded"),
        OrderState.REFUNDED: ("off", "Refunded"),
        OrderState.DISPUTED: ("high", "Disputed"),
        OrderState.PAYMENT_FAILED: ("off", "Payment failed"),
        OrderState.EXPIRED: ("off", "Not paid in time"),
        OrderState.CANCELLED: ("off", "Cancelled"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderSearch:
    """What somebody looks for.

    text: a number, an e-mail address or a name; empty for none
    state: where the orders stand; None for any
    city_id: the city of their seats; empty for any
    """

    text: str = ""
    state: OrderState | None = None
    city_id: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.text or self.state or self.city_id)

    def filters(self) -> OrderFilters:
        """A text with an @ is an address, one that can be a number is that, and any other is a name."""
        number = parse_short_number(self.text)
        email = self.text if "@" in self.text else None
        return OrderFilters(
            email=email,
            number=None if email else number,
            name=None if email or number else self.text or None,
            status=self.state,
            city_id=self.city_id or None,
        )

    def address(self, *, cursor: str | None = None) -> str:
        """The page with this search, at this place."""
        query = {"text": self.text, "city": self.city_id, "state": self.state and self.state.value, "cursor": cursor}
        given = {name: value for name, value in query.items() if value}
        return f"{HOME}?{urlencode(given)}" if given else HOME

    def file(self) -> str:
        """What is found, with its money, as a file."""
        found = self.filters()
        query = {"email": found.email, "name": found.name, "number": found.number}
        query |= {"status": self.state and self.state.value, "cityId": found.city_id}
        return f"/api/orders.csv?{urlencode({name: value for name, value in query.items() if value})}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChoice:
    """A state to narrow the list to; `here`: whether it is."""

    name: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CityChoice:
    """A city to narrow the list to; `here`: whether it is."""

    city_id: str
    name: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRow:
    """An order, as the list shows it.

    href, number: its page, and what people call it
    at: when it was placed
    mark, state: the shape and colour of its state, and the state in words
    amount: what it costs
    back: what of that was given back; empty for nothing
    seats, city: how many of which tier, and where
    name, email: who bought
    """

    href: str
    number: str
    at: str
    mark: str
    state: str
    amount: str
    back: str
    seats: str
    city: str
    name: str
    email: str


def state_choices(search: OrderSearch) -> list[StateChoice]:
    """All, and each state."""
    words: list[tuple[OrderState | None, str]] = [
        (None, "All"),
        *((state, word) for state, (_, word) in STATES.items()),
    ]
    return [
        StateChoice(name=word, href=replace(search, state=state).address(), here=search.state is state)
        for state, word in words
    ]


def city_choices(search: OrderSearch, cities: Mapping[str, CatalogueCityChanged]) -> list[CityChoice]:
    """The catalogue's cities by name."""
    choices = [CityChoice(city_id=key, name=city.name, here=key == search.city_id) for key, city in cities.items()]
    return sorted(choices, key=lambda choice: choice.name)


def order_rows(
    orders: Iterable[OrderOut], cities: Mapping[str, CatalogueCityChanged], *, now: datetime, zone: ZoneInfo
) -> Sequence[OrderRow]:
    """The list, in its order, by the business's clock."""
    return [_row(order, cities, now, zone) for order in orders]


def city_name(city_id: str, cities: Mapping[str, CatalogueCityChanged]) -> str:
    """What people call a city; its id where the catalogue doesn't say."""
    return cities[city_id].name if city_id in cities else city_id


def money_text(amount: int, currency: str) -> str:
    """An amount in minor units, as people read it."""
    return formats.money(Money(amount, currency))


def seats_text(order: OrderOut) -> str:
    """2 GA; 1 GA and 1 VIP; of an order without seats what its lines are."""
    if not order.seats:
        return formats.listing([f"{line.quantity} {line.item_id}" for line in order.lines])
    tiers = [seat.tier.upper() for seat in order.seats]
    return formats.listing([f"{tiers.count(tier)} {tier}" for tier in sorted(set(tiers))])


def _row(order: OrderOut, cities: Mapping[str, CatalogueCityChanged], now: datetime, zone: ZoneInfo) -> OrderRow:
    mark, word = STATES[order.state]
    places = list(dict.fromkeys(seat.city_id for seat in order.seats))
    return OrderRow(
        href=f"{HOME}/{order.order_id}",
        number=order.display_number,
        at=formats.recent(order.placed_at, zone.key, now=now),
        mark=mark,
        state=word,
        amount=money_text(order.amount, order.currency),
        back=money_text(order.refunded_amount, order.currency) if order.refunded_amount else "",
        seats=seats_text(order),
        city=formats.listing([city_name(place, cities) for place in places]),
        name=f"{order.customer.first_name} {order.customer.last_name}",
        email=order.customer.email,
    )
