"""What the tests of a module share, started once; each test gets a `World` of its own from it."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import aiohttp

import inventory.app
import sandbox.app
from chassis.clock import Clock, SystemClock
from chassis.database import Database
from chassis.settings import SANDBOX_STAND_INS
from tests.fixtures.config_files import Document, copied
from tests.fixtures.kafka import kafka_variables
from tests.fixtures.ports import free_port
from tests.fixtures.serving import fresh_connections
from tests.fixtures.stack import ONE_ADDRESS
from tests.integration.checkout.serving import Checkout, serving
from tests.integration.checkout.world import ENCRYPTION_KEY, SEATS, SERVICE_KEY, SIGN_IN, TICKETS, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What the tests of a module share: databases, Kafka, inventory, and the program itself."""

    common: Mapping[str, str]
    database: Database
    http: aiohttp.ClientSession
    checkout: Checkout
    base: str
    inventory: str
    inventory_url: str
    sandbox_port: int

    @asynccontextmanager
    async def world(self, seats: Mapping[str, int] = SEATS) -> AsyncIterator[World]:
        """A city of one's own, and a sandbox that remembers nothing."""
        async with serving(sandbox.app.create(self.common), self.sandbox_port):
            yield World(
                city=f"dallas-{secrets.token_hex(4)}",
                seats=seats,
                began=SystemClock().now(),
                database=self.database,
                http=self.http,
                checkout=self.checkout,
                base=self.base,
                sandbox=self.common["SANDBOX_URL"],
                inventory=self.inventory,
                inventory_url=self.inventory_url,
            )


@asynccontextmanager
async def open_neighbours(
    *, checkout_url: str, inventory_url: str, kafka: str, prefix: str, clock: Clock | None = None
) -> AsyncIterator[Neighbours]:
    """Everything but checkout and the sandbox runs; inventory by the machine's clock, or by this one."""
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
        "ENCRYPTION_KEY": ENCRYPTION_KEY,
        "CHECKOUT_LEASE_SECONDS": "3",
        "CHECKOUT_SWEEP_SECONDS": "0.1",
        "STRIPE_RATE_PER_SECOND": "1000",
        **ONE_ADDRESS,
    }
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory())
        environ["CONFIG_DIR"] = str(copied(Path(folder) / "config", {"schedules.yaml": _compared_when_asked}))
        database = await Database.connect(checkout_url, application="test")
        stack.push_async_callback(database.close)
        http = await stack.enter_async_context(
            aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), connector=fresh_connections())
        )
        stock_app = inventory.app.create({**common, "DATABASE_URL": inventory_url}, clock=clock)
        await stack.enter_async_context(serving(stock_app, ports[1]))
        checkout = Checkout(environ=environ, port=ports[0])
        stack.push_async_callback(checkout.stop)
        yield Neighbours(
            common=common,
            database=database,
            http=http,
            checkout=checkout,
            base=base,
            inventory=stock,
            inventory_url=inventory_url,
            sandbox_port=ports[2],
        )


def _compared_when_asked(schedules: Document) -> None:
    """Every two minutes somebody would mend what a test has just broken."""
    schedules["jobs"]["checkout"]["reconcile-1h"] = "0 4 1 1 *"
