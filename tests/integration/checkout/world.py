"""Checkout with its real neighbours: PostgreSQL, Kafka, inventory, and the sandbox in Stripe's place."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import aiohttp

import inventory.app
import sandbox.app
from chassis.clock import SystemClock
from chassis.database import Database, Row
from chassis.keys import SigningKey
from chassis.settings import SANDBOX_STAND_INS
from chassis.tokens import Role, TokenSigner
from checkout.app import create
from checkout.catalogue import service as catalogue
from checkout.catalogue import store as catalogue_store
from checkout.catalogue.domain import BusinessType, DiscountCode, Terms
from eventbus import Outbox
from events import CatalogueCityChanged, CatalogueTier, CatalogueVenue, Event, parse_event
from tests.fixtures.kafka import kafka_variables
from tests.fixtures.ports import free_port
from tests.fixtures.serving import fresh_connections
from tests.fixtures.stack import ONE_ADDRESS
from tests.integration.checkout.serving import process, serving

TICKETS = SigningKey.generate("t1")
SIGN_IN = SigningKey.generate("s1")
SERVICE_KEY = "k" * 32
SEATS = {"ga": 50, "vip": 50}
CARD, DECLINED, DISPUTED, INQUIRY = "4242424242424242", "4000000000000002", "4000000000000259", "4000000000001976"
PATIENCE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An HTTP answer."""

    status: int
    headers: Mapping[str, str]
    body: Any


@dataclass(slots=True, kw_only=True)
class World:
    """What a test does to the system, and what it sees of it."""

    city: str
    database: Database
    http: aiohttp.ClientSession
    base: str
    sandbox: str
    inventory: str
    environ: Mapping[str, str]
    port: int
    running: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def key(self) -> str:
        """An Idempotency-Key of the test's own: tests of a module share Kafka's topics, and so its order ids."""
        return f"key-of-{self.city}"

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
            "email": "jordan@example.com",
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

    async def state(self, order_id: str) -> str | None:
        found: str | None = await self.database.fetchval("SELECT state FROM orders WHERE order_id = $1", UUID(order_id))
        return found

    async def events(self, order_id: str) -> list[Event]:
        """What was published about an order, in the order of the outbox."""
        return [parse_event(_header(row, "ce_type"), row["value"]) for row in await self._published(order_id)]

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

    async def until(self, seen: Callable[[], Awaitable[bool]], what: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                while not await seen():
                    await asyncio.sleep(0.03)
        except TimeoutError:
            raise AssertionError(f"never happened: {what}") from None

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

    async def start_checkout(self, *, hold: timedelta | None = None, **changes: str) -> None:
        """Checkout inside the test's loop; `hold` is what the catalogue promises a buyer, instead of its 10 minutes."""
        if hold is not None:
            known = await catalogue_store.read(self.database)
            assert known is not None
            await load(self.database, list(known.cities.values()), terms(hold))
        app = create({**self.environ, **changes})
        await self.running.enter_async_context(serving(app, self.port))

    async def stop_checkout(self) -> None:
        await self.running.aclose()

    def killable(self, **changes: str) -> Any:
        """Checkout in a process of its own."""
        return process({**self.environ, **changes}, self.port)


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
    kinds = (BusinessType(id="individual", name="I come for myself"),)
    return Terms(max_quantity=6, hold=hold, business_types=kinds, codes={"ONCE": code, "DEEP": deep})


@asynccontextmanager
async def open_world(
    *, checkout_url: str, inventory_url: str, kafka: str, prefix: str, seats: Mapping[str, int] = SEATS
) -> AsyncIterator[World]:
    """Everything but checkout itself runs; its catalogue has one city of the test's own."""
    ports = [free_port() for _ in range(3)]
    base, stock, vendor = (f"http://127.0.0.1:{port}" for port in ports)
    common = {
        "FULLHOUSE_MODE": "sandbox",
        **kafka_variables(kafka),
        "KAFKA_TOPIC_PREFIX": prefix,
        "AUTH_PUBLIC_KEYS": SIGN_IN.public_keys().export(),
        "TICKET_PUBLIC_KEYS": TICKETS.public_keys().export(),
        "SERVICE_TOKEN_KEY": SERVICE_KEY,
        "METRICS_TOKEN": "m" * 20,
        "PUBLIC_URL": base,
        "SANDBOX_URL": vendor,
        "INVENTORY_URL": stock,
        **SANDBOX_STAND_INS,
    }
    environ = {
        **common,
        "DATABASE_URL": checkout_url,
        "TICKET_SIGNING_KEY": TICKETS.export(),
        "CHECKOUT_LEASE_SECONDS": "3",
        "CHECKOUT_SWEEP_SECONDS": "0.1",
        "STRIPE_RATE_PER_SECOND": "1000",
        **ONE_ADDRESS,
    }
    city = f"dallas-{secrets.token_hex(4)}"
    async with AsyncExitStack() as stack:
        database = await Database.connect(checkout_url, application="test")
        stack.push_async_callback(database.close)
        await load(database, [city_entry(city, seats=seats)], terms())
        http = await stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), connector=fresh_connections())
        )
        await stack.enter_async_context(serving(sandbox.app.create(common), ports[2]))
        stock_app = inventory.app.create({**common, "DATABASE_URL": inventory_url})
        await stack.enter_async_context(serving(stock_app, ports[1]))
        world = World(
            city=city,
            database=database,
            http=http,
            base=base,
            sandbox=vendor,
            inventory=stock,
            environ=environ,
            port=ports[0],
        )
        stack.push_async_callback(world.stop_checkout)
        yield world


async def pools_open(world: World) -> None:
    """Inventory has heard of the city; checkout's relay must run for that."""

    async def known() -> bool:
        answer = await world.ask("GET", f"{world.inventory}/api/inventory/{world.city}")
        return answer.status == 200

    await world.until(known, "the city's pools are open")


async def load(database: Database, cities: Sequence[CatalogueCityChanged], wanted: Terms) -> None:
    """Makes this the catalogue."""
    outbox = Outbox(source="checkout", clock=SystemClock(), wake=lambda: None)
    async with database.transaction() as tx:
        await catalogue.publish(tx, outbox, cities=cities, terms=wanted)


def _header(row: Row, name: str) -> str:
    headers = dict(zip(row["header_names"], row["header_values"], strict=True))
    return str(headers[name].decode())
