"""A provider with accounts at all three processors, as the sandbox has them, and checkout's side of having it paid."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Final

from pydantic import SecretStr

import config
from chassis.audit import Actor
from chassis.database import Database
from chassis.encryption import Vault, new_encryption_key
from chassis.http_client import VendorClient
from chassis.keys import SigningKey
from checkout.appointments.domain import NewAppointment
from checkout.appointments.service import Appointments
from checkout.appointments.tokens import AppointmentLinks
from checkout.connections import store as connections_store
from checkout.connections.breaking import Breakers
from checkout.connections.domain import ConnectionCause
from checkout.connections.sealed import ConnectionSecrets, NewConnection
from checkout.connections.service import Connections
from checkout.payments.processors.trying import AnswerKept
from checkout.processors.accounts import Credentials
from checkout.processors.domain import ExternalPage, PageState, PaymentStatus
from checkout.processors.stripe_backs import StripeBacks
from checkout.processors.stripe_calls import StripeConnectCalls
from checkout.providers.domain import PaymentMode
from checkout.providers.memory import ProviderMemory
from checkout.providers.service import Providers
from checkout.routing import store as routing_store
from checkout.routing.reaching import WayProcessors
from checkout.routing.service import RoutingService
from checkout.takings import store
from checkout.takings.domain import WayAttempt
from checkout.takings.odd import OddPayments
from checkout.takings.paying import AppointmentPaying
from checkout.takings.service import Takings
from checkout.takings.settling import Settling
from checkout.takings.watching import WayWatch
from checkout.transactions.domain import KnownBy, Sighting
from checkout.transactions.service import Transactions
from checkout.wayrefunds.service import WayRefunds
from eventbus import Outbox
from events import ConnectionStatus
from tests.contract.processors.adapters import ADAPTERS
from tests.contract.processors.support import DEADLINE, LOST, Counterpart, MovedClock
from tests.contract.sandbox.support import STRIPE_KEY, Running, receiving, serving
from tests.fixtures.config_files import SHIPPED
from tests.fixtures.postgres import fresh_databases

ACTOR: Final = Actor(name="ann@example.com")
PROCESSORS: Final = ("paypal", "square", "stripe")
BUYER: Final = "buyer"
PRICE: Final = 12_500
# The calls that open, read, close and complete a payment page.
OPERATIONS: Final = {
    "paypal": ("orders.create", "orders.get", "orders.patch", "orders.capture"),
    "square": ("payment_links.create", "orders.get", "payment_links.delete"),
    "stripe": ("checkout.sessions.create", "checkout.sessions.retrieve", "checkout.sessions.expire"),
}
_SHIPPED: Final = config.load(SHIPPED)
FEES, ABUSE = _SHIPPED.fees, _SHIPPED.abuse
_PROVIDERS, _HOURS = count(1), count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Checkout's side, and the processors'."""

    database: Database
    counterparts: Mapping[str, Counterpart]
    sandbox: Running
    own: Credentials
    reach: WayProcessors
    memory: ProviderMemory
    providers: Providers
    connections: Connections
    appointments: Appointments
    takings: Takings
    transactions: Transactions
    paying: AppointmentPaying
    routing: RoutingService
    watch: WayWatch
    credentials: Mapping[str, Credentials]
    lists: StripeBacks
    clock: MovedClock

    async def provider(self, *preferred: str) -> int:
        """Who wants to be paid at these processors, in this order, and has accounts at all of them."""
        number = next(_PROVIDERS)
        async with self.database.transaction() as tx:
            await self.providers.keep(tx, number, name="Sam’s studio", email="sam@example.com", actor=ACTOR)
            await self.providers.change(
                tx,
                number,
                lambda known: replace(known, payment_mode=PaymentMode.DECENTRALIZED, preferred=preferred),
                actor=ACTOR,
            )
            for processor, credentials in self.credentials.items():
                wanted = NewConnection(
                    provider_id=number,
                    processor=processor,
                    account_id=credentials.account_id,
                    secrets=ConnectionSecrets(pasted={}, credentials=credentials),
                )
                made = await self.connections.create(tx, wanted, actor=ACTOR)
                await self.connections.save(
                    tx, made, replace(made, status=ConnectionStatus.CONNECTED), cause=ConnectionCause.VALIDATED
                )
        await self.memory.refresh()
        return number

    async def book(self, provider: int) -> int:
        wanted = NewAppointment(
            provider_id=provider,
            customer_email="jordan@example.com",
            price=PRICE,
            currency="USD",
            starts=datetime(2027, 3, 1, tzinfo=UTC) + timedelta(hours=next(_HOURS)),
        )
        async with self.database.transaction() as tx:
            return (await self.appointments.book(tx, wanted, actor=ACTOR)).appointment_id

    async def spoil(self, provider: int, processor: str) -> None:
        """The processor takes the connection's credentials no longer."""
        async with self.database.transaction() as tx:
            found = await connections_store.get_locked_of(tx, provider, processor)
            assert found is not None
            spoiled = Credentials(account_id="acct_unknown", access_token=SecretStr("ended"))
            after = await self.connections.keep_secrets(tx, found, ConnectionSecrets(pasted={}, credentials=spoiled))
            await self.connections.save(tx, found, after, cause=ConnectionCause.VALIDATED)

    async def attempts(self, appointment_id: int) -> list[WayAttempt]:
        rows = await self.database.fetch(
            "SELECT attempt_id FROM way_attempts WHERE appointment_id = $1 ORDER BY created_at, attempt_id",
            appointment_id,
        )
        found = [await store.get(self.database, row["attempt_id"]) for row in rows]
        return [each for each in found if each is not None]

    async def state(self, appointment_id: int) -> str:
        found: str = await self.database.fetchval(
            "SELECT state FROM appointments WHERE appointment_id = $1", appointment_id
        )
        return found

    async def told(self, appointment_id: int) -> list[str]:
        """What the appointment's decisions say was done, each step with its processor."""
        ids = [each.decision_id for each in await self.attempts(appointment_id)]
        found = await routing_store.steps_of(self.database, ids)
        return [f"{each.way.name} {each.step}" for decision in dict.fromkeys(ids) for each in found[decision]]

    async def buyer_pays(self, attempt: WayAttempt) -> None:
        assert attempt.page_id is not None
        assert attempt.page_url is not None
        page = ExternalPage(page_id=attempt.page_id, url=attempt.page_url)
        await self.counterparts[attempt.way.processor].pay(page)

    async def tell(self, attempt: WayAttempt) -> None:
        """The ledger of transactions hears of the payment, as by a webhook."""
        reached = await self.reach.reach(self.database, attempt.way)
        state = await reached.processor.complete(
            reached.credentials, attempt.page_id or "", key=attempt.key, deadline=DEADLINE
        )
        connection = await connections_store.get(self.database, attempt.way.connection_id or 0)
        assert connection is not None
        assert state.payment is not None
        async with self.database.transaction() as tx:
            sighting = Sighting(payment=state.payment, seen_at=self.clock.now())
            await self.transactions.record_told(tx, connection, [sighting], by=KnownBy.WEBHOOK)

    async def charges(self, appointment_id: int) -> int:
        """How often its buyer is charged who pays on every page that there is, also those that nobody was shown."""
        return sum([await self._charged(each) for each in await self.attempts(appointment_id)])

    async def _charged(self, attempt: WayAttempt) -> int:
        steps = (await routing_store.steps_of(self.database, [attempt.decision_id]))[attempt.decision_id]
        asked = {each.step for each in steps if each.place == attempt.place}
        if not asked & {"opened", "unanswered", "cancelled", "closed"}:
            return 0
        reached = await self.reach.reach(self.database, attempt.way)
        try:
            page = await reached.processor.create_payment(reached.credentials, attempt.wish, deadline=DEADLINE)
        except AnswerKept:
            return 0  # Stripe has failed each of its keys, and opens no page for them any more
        await self.counterparts[attempt.way.processor].pay(page)
        state = await reached.processor.complete(reached.credentials, page.page_id, key=attempt.key, deadline=DEADLINE)
        return int(_is_charged(state))

    async def everybody_goes_on(self) -> None:
        """As the worker does, until nothing is left to be found out for now."""
        for _ in range(20):
            found = await self.paying.claim(100)
            for each in found:
                await self.paying.go_on(each)
            if not found:
                return


def _is_charged(state: PageState) -> bool:
    return state.payment is not None and state.payment.status is PaymentStatus.COMPLETED


@asynccontextmanager
async def started_ways(postgres: str) -> AsyncIterator[Ways]:
    """With a database and a sandbox of their own."""
    with fresh_databases(postgres) as make_database, receiving() as receiver, serving(receiver) as sandbox:
        async with open_ways(make_database("checkout"), sandbox) as opened:
            yield opened


@asynccontextmanager
async def open_ways(url: str, sandbox: Running) -> AsyncIterator[Ways]:
    clock, database = MovedClock(), await Database.connect(url, application="test")
    outbox = Outbox(source="checkout", clock=clock, wake=lambda: None)
    connections = Connections(
        Vault([SecretStr(new_encryption_key())]), public_url="https://tickets.example.com", outbox=outbox, clock=clock
    )
    memory = ProviderMemory(database, currency="USD")
    links = AppointmentLinks([SigningKey.generate("k1")], public_url="https://tickets.example.com")
    appointments = Appointments(memory, links, outbox=outbox, clock=clock)
    own = Credentials(account_id="", access_token=SecretStr(STRIPE_KEY))
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        client = await stack.enter_async_context(VendorClient("stripe", f"{sandbox.url}/stripe"))
        counterparts = {name: await stack.enter_async_context(ADAPTERS[name](sandbox)) for name in PROCESSORS}
        processors = {name: each.processor for name, each in counterparts.items()}
        reach = WayProcessors(connections, processors=processors, own=own)
        routing = RoutingService(providers=memory, fees=lambda: FEES, platform="stripe", outbox=outbox, clock=clock)
        refunds = WayRefunds(processors, appointment=appointments.details, outbox=outbox, clock=clock)
        odd = OddPayments(refunds, outbox=outbox, clock=clock)
        settling = Settling(appointments, odd, clock=clock)
        takings = Takings(
            routing=routing, appointments=appointments, links=links, ways=reach, settling=settling, clock=clock
        )
        providers = Providers(outbox=outbox, currency="USD", clock=clock)
        transactions = Transactions(providers, made_here=(takings,), outbox=outbox, clock=clock)
        watch = WayWatch(database=database, connections=connections, breakers=Breakers(clock))
        yield Ways(
            routing=routing,
            watch=watch,
            lists=StripeBacks(StripeConnectCalls(client, secret_key=SecretStr(STRIPE_KEY), clock=clock)),
            database=database,
            counterparts=counterparts,
            sandbox=sandbox,
            own=own,
            reach=reach,
            memory=memory,
            providers=providers,
            connections=connections,
            appointments=appointments,
            takings=takings,
            transactions=transactions,
            paying=AppointmentPaying(
                takings,
                transactions,
                database=database,
                ways=reach,
                watch=watch,
                deadline=LOST,
                clock=clock,
            ),
            credentials={name: await each.connect() for name, each in counterparts.items()},
            clock=clock,
        )
