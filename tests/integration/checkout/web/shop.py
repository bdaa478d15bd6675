"""A whole shop for the pages: the shipped catalogue on sale now, real stock, real payments, and other buyers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import SecretStr

from chassis.database import Database
from chassis.process import ProcessRole
from chassis.settings import KafkaSettings
from chassis.tokens import ServiceTokens
from checkout.app import create
from checkout.catalogue.domain import DiscountCode, Terms
from checkout.orders import list_store
from checkout.orders.domain import Order
from checkout.orders.list_store import OrderFilters
from checkout.payments import store as payments_store
from eventbus import KafkaConnection, Tail
from events import ActivityEvent, CatalogueCityChanged, Topic
from tests.fixtures import shipped
from tests.fixtures.ports import free_port
from tests.integration.checkout.serving import serving
from tests.integration.checkout.world import SERVICE_KEY, World, load

# What each city is used for: tests of a module share the shop, and keep apart by city.
DALLAS: Final = "dallas-jan-2027"
SOLD_OUT: Final = "atlanta-feb-2027"
SELLS_OUT: Final = "chicago-mar-2027"
WITHDRAWN: Final = "los-angeles-may-2027"
FEW: Final = "new-york-apr-2027"
SEATS: Final = {
    DALLAS: {"ga": 100, "vip": 3},
    SOLD_OUT: {"ga": 35, "vip": 1},
    SELLS_OUT: {"ga": 2, "vip": 20},
    FEW: {"ga": 3},
    WITHDRAWN: {"ga": 6},
}

MOST: Final = 6  # seats of an order, as shipped
MEMBER: Final = "jordan.ellis@example.com"
EARLY: Final = DiscountCode(code="EARLY10", percent=10)
GUEST: Final = DiscountCode(code="GUEST", percent=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """An order as its buyer has it.

    order_id, token: what opens its pages
    session_id, url: the processor's page
    """

    order_id: str
    token: str
    session_id: str
    url: str

    def page(self, path: str) -> str:
        """The address that leads to a page of the order, with its token."""
        return f"{path}?order={self.order_id}&token={self.token}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """What tests of the pages do beside looking at them."""

    world: World

    async def buy(self, *, city: str = DALLAS, tier: str = "GA", quantity: int = 2) -> Bought:
        """Another buyer's order, not yet paid."""
        answer = await self.world.buy(cityId=city, ticketType=tier, quantity=quantity)
        assert answer.status == 200, answer
        body = answer.body
        return Bought(order_id=body["orderId"], token=body["orderToken"], session_id=body["sessionId"], url=body["url"])

    async def pay(self, order: Bought) -> None:
        """The money comes; returns when the tickets are made."""
        await self.world.pay(order.session_id)
        await self.world.until_state(order.order_id, "paid")

    async def paid(self) -> Bought:
        """A paid order."""
        order = await self.buy()
        await self.pay(order)
        return order

    async def known(self, order: Order) -> Bought:
        """An order that a page has made, as its buyer would have it from the API."""
        (attempt,) = await payments_store.of_order(self.world.database, order.order_id)
        assert attempt.session_id
        assert attempt.session_url
        return Bought(order_id=str(order.order_id), token="", session_id=attempt.session_id, url=attempt.session_url)

    @asynccontextmanager
    async def visits(self) -> AsyncIterator[Callable[[int], Awaitable[list[ActivityEvent]]]]:
        """Gives what browsers tell from now on, as soon as it is so many; what checkout itself tells is left out."""
        settings = KafkaSettings.from_environ(self.world.checkout.environ)
        async with Tail(KafkaConnection.from_settings(settings), [Topic.ACTIVITY]) as tail:

            async def heard(count: int) -> list[ActivityEvent]:
                found: list[ActivityEvent] = []
                async for item in tail:
                    found.extend([item.event] if isinstance(item.event, ActivityEvent) else [])
                    if len(found) >= count:
                        return found
                return found

            yield heard

    async def orders_of(self, email: str) -> list[Order]:
        """What an address has bought, newest first."""
        return await list_store.find(self.world.database, OrderFilters(email=email), before=None, limit=9)

    async def offer(self, *, without: str = "", tier: str = "") -> None:
        """The catalogue, but for one city, or for a tier of it; returns when pages show it so."""
        cities = dict(season())
        if without:
            city = cities.pop(without)
            kept = {tier_id: each for tier_id, each in city.tiers.items() if tier_id != tier}
            cities |= {without: city.model_copy(update={"tiers": kept})} if tier else {}
        await load(self.world.database, list(cities.values()), terms())

        async def shown() -> bool:
            found = (await self.world.ask("GET", "/api/config/public")).body["cities"]
            offered = {city["cityId"]: set(city["tiers"]) for city in found}
            return offered == {city_id: set(cities[city_id].tiers) for city_id in listed() if city_id in cities}

        await self.world.until(shown, "the pages show what is sold")

    async def sell_out(self, city: str, tier: str = "GA") -> list[Bought]:
        """Other buyers hold all seats that are left."""
        stock = (await self.world.ask("GET", f"{self.world.inventory}/api/inventory/{city}")).body
        left, bought = stock["publicAvailable"][tier.lower()], []
        while left:
            quantity = min(left, MOST)
            bought.append(await self.buy(city=city, tier=tier, quantity=quantity))
            left -= quantity
        return bought

    async def give_back(self, order: Bought) -> None:
        """Inventory frees the order's seats."""
        token = ServiceTokens([SecretStr(SERVICE_KEY)]).issue("checkout", "inventory")
        url = f"{self.world.inventory}/internal/holds/{order.order_id}"
        answer = await self.world.ask("DELETE", url, headers={"Authorization": f"Bearer {token}"})
        assert answer.status == 204, answer

    async def link_of(self, email: str) -> str:
        """What opens the place in line of an address, as its e-mail has it."""
        return await self._waiting("entry_id::text || '.' || token", email)

    async def language_of(self, email: str) -> str:
        """In which the newest in line with an address is written to."""
        return await self._waiting("language", email)

    async def _waiting(self, what: str, email: str) -> str:
        inventory = await Database.connect(self.world.inventory_url, application="test", pool_size=1)
        found = await inventory.fetchval(
            f"SELECT {what} FROM waitlist WHERE email = $1 ORDER BY place DESC LIMIT 1", email
        )
        await inventory.close()
        return str(found)

    async def stocked(self) -> None:
        """Inventory has opened the pools of all cities."""

        async def known() -> bool:
            answer = await self.world.ask("GET", f"{self.world.inventory}/api/inventory")
            return {city["cityId"] for city in answer.body["data"]} >= set(listed())

        await self.world.until(known, "the pools of all cities are open")

    async def until_closed(self, city_id: str, tier: str) -> None:
        """Inventory has heard that the tier is not sold any more."""

        async def closed() -> bool:
            answer = await self.world.ask("GET", f"{self.world.inventory}/api/inventory/{city_id}")
            return bool(answer.body["status"][tier] == "closed")

        await self.world.until(closed, "the pool is closed")

    @asynccontextmanager
    async def beside(self, **changes: str) -> AsyncIterator[str]:
        """The address of a second process of checkout, with other settings."""
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        environ = {**self.world.checkout.environ, "FULLHOUSE_SLOT": "1", "PUBLIC_URL": address, **changes}
        async with serving(create(environ, role=ProcessRole.API), port):
            yield address


async def open_shop(world: World) -> Shop:
    """The shop is open, and one tier is sold out."""
    shop = Shop(world=world)
    await load(world.database, list(season().values()), terms())
    await world.checkout.start()
    await shop.stocked()
    await shop.buy(city=SOLD_OUT, tier="VIP", quantity=1)
    return shop


def season() -> Mapping[str, CatalogueCityChanged]:
    """The shipped cities, moved so that the first is in 60 days, with the seats that tests need."""
    return {city_id: _moved(city) for city_id, city in shipped.catalogue().cities.items()}


def listed() -> list[str]:
    """The cities on the pages, by date."""
    return [city.city_id for city in shipped.catalogue().listed()]


def terms() -> Terms:
    """The shipped terms, with a member list, and with a code that is valid today."""
    shipped_terms = shipped.catalogue().terms
    codes = {**shipped_terms.codes, EARLY.code: EARLY, GUEST.code: GUEST}
    return shipped_terms.model_copy(update={"codes": codes, "roster": frozenset({MEMBER})})


def _moved(city: CatalogueCityChanged) -> CatalogueCityChanged:
    first = shipped.catalogue().cities[DALLAS].starts
    by = timedelta(days=(datetime.now(UTC) + timedelta(days=60) - first).days)
    changes: dict[str, Any] = {name: getattr(city, name) + by for name in ("starts", "ends", "doors", "on_sale_until")}
    changes["on_sale_from"] = datetime.now(UTC) - timedelta(days=1)
    changes["tiers"] = {
        tier_id: tier.model_copy(update=_limits(SEATS.get(city.city_id, {}).get(tier_id)))
        for tier_id, tier in city.tiers.items()
    }
    return city.model_copy(update=changes)


def _limits(seats: int | None) -> dict[str, int]:
    return {} if seats is None else {"public_limit": seats, "actual_limit": seats}
