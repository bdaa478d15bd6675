"""Providers who owe commission, their ledger, and Stripe as it is asked for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from importlib.resources import files
from itertools import count
from typing import Any, Final, cast

import aiohttp
from pydantic import SecretStr

import sandbox.app
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.http_client import VendorClient
from chassis.settings import SANDBOX_STAND_INS
from checkout.commission import store
from checkout.commission.back_looking import CollectionLooks
from checkout.commission.collecting import Collecting
from checkout.commission.debiting import Debiting
from checkout.commission.debits import StripeDebits
from checkout.commission.domain import Collection
from checkout.commission.invoice_backs import StripeInvoiceBacks
from checkout.commission.invoices import StripeInvoices
from checkout.commission.invoicing import Invoicing
from checkout.commission.lost_reading import LostCollections, LostDebitReading, LostInvoiceReading
from checkout.commission.messages import CollectionMessages
from checkout.commission.returning import Returning
from checkout.commission.service import Collections
from checkout.commission.webhook_handlers import CollectionHandlers
from checkout.commission.workers import Collector
from checkout.polls.workers import Polls
from checkout.processors.stripe_backs import StripeBacks
from checkout.processors.stripe_calls import StripeConnectCalls
from checkout.providers.service import Providers
from checkout.webhooks.domain import Incoming, Outcome
from eventbus import Outbox
from events import Event, parse_event
from tests.contract.processors.support import HurriedClock, MovedClock
from tests.fixtures.ledger import append, connect, sell
from tests.fixtures.ports import free_port
from tests.integration.checkout.serving import serving

ACTOR: Final = Actor(name="ann@example.com")
DAYS: Final = 14
_LOST: Final = "subject IN ('lost_debits', 'lost_invoices')"
_AGO: Final = timedelta(days=2)
_NUMBERS: Final = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owing:
    """A provider of a test's own, with its account at Stripe."""

    provider_id: int
    account_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionDesk:
    """Checkout's side, as one process."""

    database: Database
    providers: Providers
    collections: Collections
    collecting: Collecting
    collector: Collector
    handlers: CollectionHandlers
    looks: CollectionLooks
    returning: Returning
    lost: Polls
    debits: StripeDebits
    client: VendorClient
    http: aiohttp.ClientSession
    sandbox: str
    clock: Clock

    async def provider(self, kind: str = "express", currency: str = "usd", *, email: str = "") -> Owing:
        """One whose account may be debited, and nobody can write to, unless it is said otherwise."""
        account = await self.stripe("POST", "accounts", type=kind, default_currency=currency)
        provider_id = next(_NUMBERS)
        await connect(self.database, provider_id, account["id"])
        if email:
            await self.know(provider_id, email)
        return Owing(provider_id=provider_id, account_id=account["id"])

    async def know(self, provider_id: int, email: str) -> None:
        """The provider has this address from now on."""
        async with self.database.transaction() as tx:
            await self.providers.keep(tx, provider_id, name="Sam", email=email, actor=ACTOR)

    async def invoices(self, owing: Owing) -> list[Any]:
        """Those that the provider was sent, the oldest first."""
        listed = await self.stripe("GET", "invoices?limit=100")
        whose = str(owing.provider_id)
        return [each for each in listed["data"] if each["metadata"]["providerId"] == whose][::-1]

    async def pay(self, invoice: Any, **more: Any) -> None:
        """The provider pays an invoice at Stripe."""
        await self.control("POST", f"stripe/invoices/{invoice['id']}/pay", more)

    async def tell(self, invoice_id: str, kind: str) -> Outcome:
        """Stripe's webhook about an invoice as it now is."""
        subject = await self.stripe("GET", f"invoices/{invoice_id}")
        handle = self.handlers.table()[kind]
        async with self.database.transaction() as tx:
            return await handle(tx, Incoming(stored=cast("Any", None), subject=subject))

    async def paid(self, owing: Owing, amount: int, **entry: Any) -> int:
        """A payment at a processor of the provider's own; its number."""
        number, _ = await sell(self.database, owing.provider_id, amount, at=self.clock.now() - _AGO, **entry)
        return number

    async def entry(self, owing: Owing, transaction: int, amount: int, **entry: Any) -> None:
        """What went back of a payment (below 0)."""
        at = self.clock.now() - _AGO
        await append(self.database, owing.provider_id, transaction, amount, at=at, **entry)

    async def collect(self, owing: Owing) -> Collection | None:
        """Makes what is due of a provider, and takes it as far as it goes now; the collection that was made."""
        made = await self.collecting.collect(provider=owing.provider_id, actor=ACTOR)
        await self.settle(owing)
        return await self.read(made[0].collection_id) if made else None

    async def settle(self, owing: Owing) -> None:
        """Whatever the provider has that is not settled is due, and is worked on."""
        await self.database.execute(
            "UPDATE commission_collections SET due_at = app_now() WHERE provider_id = $1 AND due_at IS NOT NULL",
            owing.provider_id,
        )
        claimed = await self.collector.claim(100)
        await asyncio.gather(*(self.collector.settle(each) for each in claimed))

    async def look(self) -> int:
        """Asks what went back, as the worker does, where it is time; of how many collections."""
        claimed = await self.looks.claim(100)
        for each in claimed:
            await self.looks.look(each)
        return len(claimed)

    async def charges(self, collection: Collection) -> list[str]:
        """What brought its money, by Stripe's ids."""
        if collection.charge_id is not None:
            return [collection.charge_id]
        paid = await self.stripe("GET", f"invoice_payments?invoice={collection.invoice_id}&limit=100")
        intents = [each["payment"]["payment_intent"] for each in paid["data"]]
        return [(await self.stripe("GET", f"payment_intents/{each}"))["latest_charge"] for each in intents]

    async def read(self, collection_id: int) -> Collection:
        found = await store.get(self.database, collection_id)
        assert found is not None
        return found

    async def taken(self, owing: Owing) -> list[int]:
        """What Stripe has debited accounts of the provider with, the oldest first."""
        listed = await self.stripe("GET", "charges?limit=100")
        group = f"commission-test-{owing.provider_id}-"
        return [each["amount"] for each in listed["data"] if (each["transfer_group"] or "").startswith(group)][::-1]

    async def told(self, owing: Owing) -> list[Event]:
        """The events of a provider's collections."""
        rows = await self.database.fetch(
            "SELECT header_values, value FROM outbox WHERE topic = 'payments' AND key = $1 ORDER BY id",
            str(owing.provider_id).encode(),
        )
        return [parse_event(_type_of(row["header_values"]), row["value"]) for row in rows]

    async def fail(self, kind: str, *, operation: str = "charges.create", **more: Any) -> None:
        """Stripe fails a call so, once."""
        fault = {"vendor": "stripe", "operation": operation, "kind": kind, "count": 1, "delayMs": 0, **more}
        await self.control("POST", "faults", fault)

    async def onboard(self, owing: Owing, *, charges: bool, details: bool) -> None:
        """What Stripe thinks of the provider's account."""
        body = {"chargesEnabled": charges, "detailsSubmitted": details}
        await self.control("POST", f"stripe/accounts/{owing.account_id}", body)

    async def restored(self) -> None:
        """What the service does to a database that comes from a backup, before it starts."""
        await self.database.execute(files("checkout").joinpath("restored.sql").read_text())

    async def read_lost(self, *, dies_after: float | None = None) -> None:
        """Reads what the backup has forgotten, as one process; one that dies leaves it to the next."""
        await self.database.execute(f"UPDATE processor_polls SET due_at = app_now() WHERE {_LOST}")
        await self.database.execute(f"UPDATE processor_polls SET due_at = 'infinity' WHERE NOT {_LOST}")
        reading = asyncio.create_task(self.lost.due.run())
        try:
            async with asyncio.timeout(dies_after):
                while await self.database.fetchval(f"SELECT count(*) FROM processor_polls WHERE {_LOST}"):
                    await asyncio.sleep(0.01)
        except TimeoutError:
            assert dies_after is not None
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def on(self, database: Database) -> CommissionDesk:
        """The same with another database."""
        return desk_of(database, self.client, self.http, self.sandbox, self.clock)

    def later(self, **ahead: float) -> CommissionDesk:
        """The same, so much later."""
        clock = MovedClock()
        clock.ahead = timedelta(**ahead)
        return desk_of(self.database, self.client, self.http, self.sandbox, clock)

    async def control(self, method: str, path: str, body: Any) -> Any:
        async with self.http.request(method, f"{self.sandbox}/_sandbox/{path}", json=body) as response:
            assert response.ok, await response.text()
            return await response.json() if response.status != 204 else None

    async def stripe(self, method: str, path: str, **form: str) -> Any:
        headers = {"Authorization": f"Bearer {SANDBOX_STAND_INS['STRIPE_SECRET_KEY']}"}
        url = f"{self.sandbox}/stripe/v1/{path}"
        async with self.http.request(method, url, headers=headers, data=form or None) as response:
            assert response.ok, await response.text()
            return await response.json()


def _type_of(values: list[bytes]) -> str:
    return next(value.decode() for value in values if value.startswith(b"fullhouse."))


@asynccontextmanager
async def open_desk(url: str) -> AsyncIterator[CommissionDesk]:
    """A desk with a Stripe of its own."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    environ = {"FULLHOUSE_MODE": "sandbox", "PUBLIC_URL": address, "SANDBOX_URL": address, **SANDBOX_STAND_INS}
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(sandbox.app.create(environ), port))
        database = await Database.connect(url, application="test")
        stack.push_async_callback(database.close)
        client = await stack.enter_async_context(VendorClient("stripe", f"{address}/stripe"))
        http = await stack.enter_async_context(aiohttp.ClientSession())
        yield desk_of(database, client, http, address)


def desk_of(
    database: Database, client: VendorClient, http: aiohttp.ClientSession, address: str, clock: Clock | None = None
) -> CommissionDesk:
    clock = clock or HurriedClock()
    outbox = Outbox(source="checkout", clock=clock, wake=lambda: None)
    messages = CollectionMessages(outbox=outbox, clock=clock)
    collections, returning = Collections(messages, mark="test", clock=clock), Returning(messages)
    key = SecretStr(SANDBOX_STAND_INS["STRIPE_SECRET_KEY"])
    calls = StripeConnectCalls(client, secret_key=key, clock=clock)
    debits, invoices = StripeDebits(calls), StripeInvoices(calls, days=DAYS)
    looks = CollectionLooks(
        returning,
        database=database,
        invoices=StripeInvoiceBacks(calls),
        lists=StripeBacks(calls),
        poll=timedelta(seconds=1),
    )
    lost = LostCollections(database, mark="test")
    debiting = Debiting(collections, database=database, debits=debits)
    invoicing = Invoicing(
        collections,
        database=database,
        invoices=invoices,
        debiting=debiting,
        clock=clock,
    )
    return CommissionDesk(
        database=database,
        providers=Providers(outbox=outbox, currency="USD", clock=clock),
        collections=collections,
        collecting=Collecting(collections, database=database, wake=lambda: None, clock=clock),
        collector=Collector(
            collections, database=database, debiting=debiting, invoicing=invoicing, poll=timedelta(seconds=1)
        ),
        handlers=CollectionHandlers(wake=lambda: None, looks=looks),
        looks=looks,
        returning=returning,
        lost=Polls(
            [
                LostDebitReading(lost, debits=debits, clock=clock),
                LostInvoiceReading(lost, invoices=invoices, clock=clock),
            ],
            database=database,
            pace=timedelta(seconds=0.3),
        ),
        debits=debits,
        client=client,
        http=http,
        sandbox=address,
        clock=clock,
    )
