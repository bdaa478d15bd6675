"""Checkout with its real neighbours: PostgreSQL, Kafka, inventory, and the sandbox in Stripe's place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import aiohttp

from chassis.clock import Clock, SystemClock
from chassis.database import Database, Row
from chassis.encryption import new_encryption_key
from chassis.keys import SigningKey
from chassis.tokens import Role, TokenSigner
from checkout.catalogue import service as catalogue
from checkout.catalogue.domain import BusinessType, DiscountCode, Terms
from eventbus import Outbox
from events import CatalogueCityChanged, CataloguePassChanged, CatalogueTier, CatalogueVenue, Event, parse_event
from tests.fixtures.waiting import pauses
from tests.integration.checkout.serving import Checkout

TICKETS = SigningKey.generate("t1")
SIGN_IN = SigningKey.generate("s1")
SERVICE_KEY = "k" * 32
ENCRYPTION_KEY = new_encryption_key()
SEATS = {"ga": 50, "vip": 50}
CARD, DECLINED, DISPUTED, INQUIRY = "4242424242424242", "4000000000000002", "4000000000000259", "4000000000001976"
PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What a test does to the system, and what it sees of it.

    city, seats: what is sold, to nobody but the test; orders of other cities are of earlier tests
    began: when the test began: what came in before is of earlier tests, too
    inventory, inventory_url: the service's address, and its database's
    """

    city: str
    seats: Mapping[str, int]
    began: datetime
    database: Database
    http: aiohttp.ClientSession
    checkout: Checkout
    base: str
    sandbox: str
    inventory: str
    inventory_url: str

    @property
    def key(self) -> str:
        """An Idempotency-Key of the test's own."""
        return f"key-of-{self.city}"

    @property
    def email(self) -> str:
        """The address of the test's buyer."""
        return f"jordan-of-{self.city}@example.com"

    async def ask(self, method: str, url: str, **options: Any) -> Answer:
        url = url if url.startswith("http") else f"{self.base}{url}"
        async with self.http.request(method, url, **options) as response:
            is_json = "json" in response.headers.get("Content-Type", "")
            body = await (response.json() if is_json else response.text())
            return Answer(status=response.status, headers=dict(response.headers), body=body)

    def wish(self, **changes: Any) -> dict[str, Any]:
        """C-1's body."""
        customer = {
            "firstName": "Jordan",
            "lastName": "Ellis",
            "email": self.email,
            "phone": "+1 352 555 0137",
            "businessType": "individual",
        }
        body = {"ticketType": "GA", "quantity": 2, "isSixFBMember": False, "cityId": self.city}
        return {**body, "customerData": customer, **changes}

    async def buy(
        self, *, key: str | None = None, address: str | None = None, browser: Answer | None = None, **changes: Any
    ) -> Answer:
        """From another address than this machine's, when one is given; by the browser that got an earlier answer."""
        headers = {"Idempotency-Key": key} if key else {}
        headers |= {"X-Forwarded-For": address} if address else {}
        headers |= {"Cookie": browser.headers["Set-Cookie"].partition(";")[0]} if browser else {}
        return await self.ask("POST", "/api/create-checkout-session", json=self.wish(**changes), headers=headers)

    async def pay(self, session_id: str, card: str = CARD) -> Answer:
        return await self.ask("POST", f"{self.sandbox}/_sandbox/stripe/sessions/{session_id}/pay", json={"card": card})

    async def fault(self, **fault: Any) -> None:
        answer = await self.ask("POST", f"{self.sandbox}/_sandbox/faults", json={"vendor": "stripe", **fault})
        assert answer.status < 300, answer

    async def clear_faults(self) -> None:
        await self.ask("DELETE", f"{self.sandbox}/_sandbox/faults")

    async def advance_sandbox(self, seconds: float) -> None:
        await self.ask("POST", f"{self.sandbox}/_sandbox/clock/advance", json={"seconds": seconds})

    async def orders(self) -> list[Row]:
        """All that was ordered in the test's city, the first one first."""
        return await self.database.fetch("SELECT * FROM orders WHERE $1 = ANY(city_ids) ORDER BY placed_at", self.city)

    async def state(self, order_id: str) -> str | None:
        found: str | None = await self.database.fetchval("SELECT state FROM orders WHERE order_id = $1", UUID(order_id))
        return found

    async def events(self, order_id: str) -> list[Event]:
        """What was published about an order, in the order of the outbox."""
        return [parse_event(_header(row, "ce_type"), row["value"]) for row in await self._published(order_id)]

    async def ids(self, order_id: str, kind: type[Event]) -> list[UUID]:
        """Of the events of this type among them."""
        rows = await self._published(order_id)
        return [UUID(_header(row, "ce_id")) for row in rows if _header(row, "ce_type") == kind.type]

    async def traces(self, order_id: str) -> set[str]:
        """Ids of the traces that those events belong to."""
        return {_header(row, "traceparent").split("-")[1] for row in await self._published(order_id)}

    async def _published(self, order_id: str) -> list[Row]:
        return await self.database.fetch(
            """
            SELECT value, header_names, header_values FROM (
                SELECT id, key, value, header_names, header_values FROM outbox
                UNION ALL SELECT id, key, value, header_names, header_values FROM outbox_sent
            ) AS all_rows WHERE key = $1 ORDER BY id
            """,
            order_id.encode(),
        )

    async def told(self, order_id: str) -> list[str]:
        """Short types of those events."""
        return [event.short_type() for event in await self.events(order_id)]

    async def stock(self, *, tier: str = "ga") -> tuple[int, int]:
        """Held and sold seats of the test's city, as inventory says."""
        answer = await self.ask("GET", f"{self.inventory}/api/inventory/{self.city}")
        return answer.body["held"][tier], answer.body["sold"][tier]

    async def until(
        self, seen: Callable[[], Awaitable[bool]], what: str | Callable[[], str], *, patience: float = PATIENCE
    ) -> None:
        """`what`: should have been seen; also as it is known at the end."""
        try:
            async with asyncio.timeout(patience):
                for pause in pauses():
                    if await seen():
                        return
                    await asyncio.sleep(pause)
        except TimeoutError:
            raise AssertionError(f"never happened: {what if isinstance(what, str) else what()}") from None

    async def until_state(self, order_id: str, state: str) -> None:
        async def there() -> bool:
            return await self.state(order_id) == state

        await self.until(there, f"{order_id} {state}, but {await self.state(order_id)}")

    async def until_stock(self, held: int, sold: int) -> None:
        async def there() -> bool:
            return await self.stock() == (held, sold)

        await self.until(there, f"{held} held and {sold} sold")

    def token(self, role: Role = Role.ADMIN) -> dict[str, str]:
        issued = TokenSigner(SIGN_IN).issue("ann", email="ann@example.com", role=role)
        return {"Authorization": f"Bearer {issued}"}

    async def announce(self, *, hold: timedelta = timedelta(minutes=10)) -> None:
        """The catalogue has the test's city, and no other; `hold` is what buyers are promised."""
        await load(self.database, [city_entry(self.city, seats=self.seats)], terms(hold))

    async def start_checkout(
        self, *, hold: timedelta = timedelta(minutes=10), clock: Clock | None = None, **changes: str
    ) -> None:
        """Checkout runs with these settings, and seats can be bought."""
        await self.announce(hold=hold)
        await self.checkout.start(clock=clock, **changes)

        async def on_pages() -> bool:
            cities = (await self.ask("GET", "/api/config/public")).body["cities"]
            return [city["cityId"] for city in cities] == [self.city]

        await self.until(on_pages, "the city is on the pages")
        await self.until_open()

    async def until_open(self) -> None:
        """Inventory has heard of the city; checkout's relay must run for that."""

        async def known() -> bool:
            answer = await self.ask("GET", f"{self.inventory}/api/inventory/{self.city}")
            return answer.status == 200

        await self.until(known, "the city's pools are open")


def city_entry(city_id: str, *, seats: Mapping[str, int] = SEATS) -> CatalogueCityChanged:
    now = datetime.now(UTC)
    ga, vip = ({"currency": "USD", "public_limit": seats[tier], "actual_limit": seats[tier]} for tier in ("ga", "vip"))
    return CatalogueCityChanged(
        city_id=city_id,
        version=1,
        name="Dallas",
        venue=CatalogueVenue(name="Foundry Hall", address="100 Sample Street, Dallas"),
        time_zone="America/Chicago",
        starts=now + timedelta(days=60),
        ends=now + timedelta(days=61),
        doors=now + timedelta(days=60),
        on_sale_from=now - timedelta(days=1),
        on_sale_until=now + timedelta(days=59),
        tiers={
            "ga": CatalogueTier(name="General Admission", price=59900, member_discount_percent=20, **ga),
            "vip": CatalogueTier(name="VIP", price=119900, member_discount_percent=10, **vip),
        },
    )


def terms(hold: timedelta = timedelta(minutes=10)) -> Terms:
    code = DiscountCode(code="ONCE", percent=10, usage_limit=1)
    # A catalogue that was loaded before such codes were refused may hold one.
    deep = DiscountCode(code="DEEP", amount=59870, currency="USD")
    each = DiscountCode(code="EACH", percent=10, per_email_limit=1, tiers=("ga",))
    gift = DiscountCode(code="GIFT", percent=100, per_email_limit=2)
    kinds = (BusinessType(id="individual", name="I come for myself"),)
    return Terms(
        max_quantity=6, hold=hold, business_types=kinds, codes={"ONCE": code, "DEEP": deep, "EACH": each, "GIFT": gift}
    )


async def load(database: Database, cities: Sequence[CatalogueCityChanged], wanted: Terms) -> None:
    """Makes this the catalogue."""
    outbox = Outbox(source="checkout", clock=SystemClock(), wake=lambda: None)
    async with database.transaction() as tx:
        await catalogue.publish(tx, outbox, cities=cities, terms=wanted, passes=[kind_of_pass()])


def kind_of_pass() -> CataloguePassChanged:
    now = datetime.now(UTC)
    return CataloguePassChanged(
        pass_id="ten-classes",
        version=1,
        name="Ten classes",
        price=18000,
        currency="USD",
        entries=10,
        valid_days=90,
        on_sale_from=now.replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1),
        on_sale_until=now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=300),
        member_discount_percent=10,
    )


def _header(row: Row, name: str) -> str:
    headers = dict(zip(row["header_names"], row["header_values"], strict=True))
    return str(headers[name].decode())
