"""An order of what a provider sells, on the bench of `ways.py`: its tries, what its buyer does, and what is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from chassis.http_client import VendorClient
from chassis.ids import short_number, uuid7
from chassis.keys import SigningKey
from chassis.tickets import TicketSigner
from checkout.blocks.marks import Marks
from checkout.blocks.memory import BlockMemory
from checkout.blocks.service import Blocks
from checkout.catalogue.domain import price_of
from checkout.connections import store as connections_store
from checkout.orders import store as orders_store
from checkout.orders.domain import Order
from checkout.orders.making import line_of_seats, order_of_line
from checkout.orders.messages import OrderMessages
from checkout.orders.service import OrderService
from checkout.orders.tokens import OrderTokens
from checkout.payments import store as payments_store
from checkout.payments.afterwards import Afterwards
from checkout.payments.domain import Attempt
from checkout.payments.processors.port import Processor, Sale
from checkout.payments.processors.stripe import StripeProcessor
from checkout.payments.processors.trying import AnswerKept
from checkout.payments.service import PaymentService
from checkout.processors.domain import ExternalPage, PaymentStatus, PaymentWish
from checkout.purchases.onward import Onward
from checkout.purchases.page_processors import PageProcessors
from checkout.purchases.paid_outside import OrdersPaidOutside, OutsideLedger
from checkout.purchases.placing import Durations, Schedule, new_attempt
from checkout.purchases.sessions import PaymentPages
from checkout.purchases.sweeper import Sweeper
from checkout.purchases.trouble_outside import LookedOutside, TroubleOutside
from checkout.purchases.ways import OrderWays, key_of, way_of
from checkout.refunds.own import OwnRefunds
from checkout.refunds.service import RefundService
from checkout.refunds.workers import RefundSender
from checkout.routing import store as routing_store
from checkout.seats.inventory import Held, HoldRequest
from checkout.transactions.domain import KnownBy, Sighting
from checkout.transactions.service import Transactions
from checkout.wayrefunds.giving import WayRefunding
from checkout.wayrefunds.platform import PlatformBacks
from checkout.wayrefunds.service import WayRefunds
from eventbus import Outbox
from events import CatalogueTier, OrderCustomer, OrderSource
from tests.contract.processors.support import DEADLINE, LOST
from tests.contract.sandbox.support import STRIPE_KEY, Running
from tests.integration.checkout.ways import ABUSE, FEES, Ways, open_ways

PRICE: Final = 59_900
_HOLD: Final = timedelta(minutes=10)
_TIER: Final = CatalogueTier(name="GA", price=PRICE, currency="USD", public_limit=9, actual_limit=9)
_DURATIONS: Final = Durations(
    session=timedelta(hours=3), hard_hold=timedelta(hours=4), lease=timedelta(seconds=30), deadline=DEADLINE
)


@dataclass(slots=True)
class Counted:
    """Inventory, as far as orders let their seats go."""

    released: list[UUID] = field(default_factory=list)

    async def hold(self, request: HoldRequest) -> Held:
        raise AssertionError(f"the seats of {request.order_id} are held already")

    async def release(self, order_id: UUID) -> bool:
        self.released.append(order_id)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderBench:
    """Checkout's side of orders, and the ways of providers."""

    ways: Ways
    own: Processor
    order_ways: OrderWays
    orders: OrderService
    payments: PaymentService
    transactions: Transactions
    pages: PaymentPages
    sweeper: Sweeper
    seats: Counted
    refunding: WayRefunding
    asking: RefundService
    sender: RefundSender
    tokens: OrderTokens

    async def place(self, provider: int, *, choice: str | None = None) -> tuple[Order, Attempt]:
        """As a purchase places it, its seats held."""
        now = self.ways.clock.now()
        price = price_of(_TIER, quantity=2, member=False, code=None)
        schedule = Schedule(now=now, wait=timedelta(0), hold=_HOLD, durations=_DURATIONS)
        customer = OrderCustomer(first_name="Jordan", last_name="Ellis", email="jordan@example.com")
        order = order_of_line(
            uuid7(),
            number=short_number(),
            line=line_of_seats(1, city_id="dallas-jan-2027", tier="ga", price=price),
            price=price,
            customer=customer,
            member=False,
            business_type="individual",
            processor="stripe",
            source=OrderSource.WEB,
            live_mode=False,
            placed_at=now,
            promised_until=schedule.promised_until,
            hard_until=now + _DURATIONS.hard_hold,
        )
        sale = _sale(order, self.tokens, schedule)
        async with self.ways.database.transaction() as tx:
            decision = await self.order_ways.decide(tx, order, provider, choice=choice)
            assert decision is not None
            order = await self.orders.place(tx, order)
            attempt = new_attempt(order, sale, processor=self.own, schedule=schedule, traceparent=None)
            attempt = await self.order_ways.begin(tx, attempt, sale, decision)
            await self.payments.begin(tx, attempt, due_at=schedule.lease_until)
        return order, attempt

    async def open(self, order: Order, attempt: Attempt) -> str | None:
        """The buyer's request goes on to a payment page: its address."""
        page = await self.pages.open(attempt, order, deadline=DEADLINE, turn=self.own.take_turn())
        return page.url if page else None

    async def attempts(self, order: Order) -> list[Attempt]:
        return await payments_store.of_order(self.ways.database, order.order_id)

    async def live(self, order: Order) -> Attempt:
        (found,) = [each for each in await self.attempts(order) if each.state == "open"]
        return found

    async def state(self, order: Order) -> str:
        found = await orders_store.get(self.ways.database, order.order_id)
        assert found is not None
        return found.state.value

    async def told(self, order: Order) -> list[str]:
        """What its decision says was done, each step with its processor."""
        decision = await self.ways.database.fetchval(
            "SELECT decision_id FROM order_ways WHERE order_id = $1", order.order_id
        )
        found = await routing_store.steps_of(self.ways.database, [decision])
        return [f"{each.way.name} {each.step}" for each in found[decision]]

    async def events(self, order: Order, kind: type) -> int:
        count: int = await self.ways.database.fetchval(
            "SELECT count(*) FROM outbox WHERE $1 = ANY (header_values) AND key = $2",
            kind.type.encode(),  # type: ignore[attr-defined]
            str(order.order_id).encode(),
        )
        return count

    async def buyer_pays(self, attempt: Attempt) -> None:
        assert attempt.session_id is not None
        assert attempt.session_url is not None
        page = ExternalPage(page_id=attempt.session_id, url=attempt.session_url)
        await self.ways.counterparts[attempt.processor].pay(page)

    async def tell(self, attempt: Attempt, by: KnownBy) -> None:
        """The ledger of transactions hears of the payment, as by a webhook or a list."""
        reached = await self.ways.reach.reach(self.ways.database, way_of(attempt))
        state = await reached.processor.complete(
            reached.credentials, attempt.session_id or "", key=attempt.idempotency_key, deadline=DEADLINE
        )
        connection = await connections_store.get(self.ways.database, attempt.connection_id or 0)
        assert connection is not None
        assert state.payment is not None
        async with self.ways.database.transaction() as tx:
            sighting = Sighting(payment=state.payment, seen_at=self.ways.clock.now())
            await self.transactions.record_told(tx, connection, [sighting], by=by)

    async def payment_of(self, attempt: Attempt) -> str:
        found: str = await self.ways.database.fetchval(
            "SELECT payment_intent FROM payment_charges WHERE order_id = $1 AND session_id = $2",
            attempt.order_id,
            attempt.session_id,
        )
        return found

    async def give_back(self, attempt: Attempt, payment_id: str, amount: int) -> str:
        """Its account's owner does, at the processor; the refund's id."""
        counterpart = self.ways.counterparts[attempt.processor]
        return await counterpart.give_back(self.ways.credentials[attempt.processor], payment_id, amount)

    async def another_page(self, attempt: Attempt, *, place: int) -> Attempt:
        """A page of the same order that nobody here knows of, and its buyer has."""
        wish = PaymentWish(**{**await _parameters(self.ways, attempt), "key": key_of(attempt.order_id, place)})
        reached = await self.ways.reach.reach(self.ways.database, way_of(attempt))
        page = await reached.processor.create_payment(reached.credentials, wish, deadline=DEADLINE)
        return replace(attempt, idempotency_key=wish.key, session_id=page.page_id, session_url=page.url)

    async def refunds_go_on(self) -> None:
        self.ways.clock.ahead += timedelta(minutes=10)
        for each in await self.refunding.claim(100):
            await self.refunding.go_on(each)

    async def entries(self, order: Order) -> list[tuple[str, int]]:
        """What the ledger of providers has of it."""
        rows = await self.ways.database.fetch(
            """
            SELECT e.kind, e.amount FROM external_transactions AS t JOIN transaction_entries AS e USING (transaction_id)
            WHERE t.order_id = $1 ORDER BY e.entry_id
            """,
            order.order_id,
        )
        return [(row["kind"], row["amount"]) for row in rows]

    async def everybody_goes_on(self) -> None:
        """As the sweeper does, of all that will be due in a while."""
        await self.ways.database.execute("UPDATE payment_attempts SET due_at = app_now() WHERE due_at IS NOT NULL")
        async with self.ways.database.transaction() as tx:
            found = await self.payments.take_due(tx, limit=500, lease=timedelta(minutes=5))
        for attempt in found:
            await self.sweeper.settle(attempt)

    async def charges(self, order: Order) -> int:
        """How often its buyer is charged who pays on every page that there is, also those that nobody was shown."""
        return sum([await self._charged(order, each) for each in await self.attempts(order)])

    async def _charged(self, order: Order, attempt: Attempt) -> int:
        told = await self.told(order)
        name = way_of(attempt).name
        if not {f"{name} {step}" for step in ("opened", "unanswered", "cancelled", "closed")} & set(told):
            return 0
        if attempt.connection_id is None:
            return await self._charged_by_us(attempt)
        wish = PaymentWish(**await _parameters(self.ways, attempt))
        reached = await self.ways.reach.reach(self.ways.database, way_of(attempt))
        try:
            page = await reached.processor.create_payment(reached.credentials, wish, deadline=DEADLINE)
        except AnswerKept:
            return 0  # Stripe has failed each of its keys, and opens no page for them any more
        await self.ways.counterparts[attempt.processor].pay(page)
        state = await reached.processor.complete(reached.credentials, page.page_id, key=wish.key, deadline=DEADLINE)
        return int(state.payment is not None and state.payment.status is PaymentStatus.COMPLETED)

    async def _charged_by_us(self, attempt: Attempt) -> int:
        try:
            page = await self.own.create_session(
                attempt.parameters, idempotency_key=attempt.idempotency_key, deadline=DEADLINE
            )
        except AnswerKept:
            return 0
        await self.ways.counterparts["stripe"].pay(ExternalPage(page_id=page.session_id, url=page.url or ""))
        found = await self.own.read_session(page.session_id, deadline=DEADLINE)
        return int(found.paid)


async def _parameters(ways: Ways, attempt: Attempt) -> dict[str, Any]:
    found: dict[str, Any] = await ways.database.fetchval(
        "SELECT parameters::jsonb FROM payment_attempts WHERE attempt_id = $1", attempt.attempt_id
    )
    return found


def _sale(order: Order, tokens: OrderTokens, schedule: Schedule) -> Sale:
    line = order.line
    return Sale(
        order_id=str(order.order_id),
        number=order.number,
        placed_at=order.placed_at,
        code=None,
        city_id=line.item_id,
        tier=line.tier,
        quantity=line.quantity,
        unit_price=line.unit_price,
        currency=order.currency,
        title="Dallas workshop",
        note="",
        promise="Your seats are held.",
        email=order.customer.email,
        success_url=tokens.page(order, "/success"),
        cancel_url=tokens.page(order, "/cancel"),
        expires_at=int(schedule.session_ends.timestamp()),
        delayable=False,
    )


@asynccontextmanager
async def open_order_bench(url: str, sandbox: Running, *, longest: timedelta = LOST) -> AsyncIterator[OrderBench]:
    """`longest`: how long a processor may take to open a page before its answer counts as lost."""
    async with open_ways(url, sandbox) as ways:
        database, clock = ways.database, ways.clock
        outbox = Outbox(source="checkout", clock=clock, wake=lambda: None)
        key = SigningKey.generate("k1")
        tokens = OrderTokens([key], public_url="https://tickets.example.com")
        orders = OrderService(outbox=outbox, messages=OrderMessages(tokens), signer=TicketSigner(key), clock=clock)
        blocks = Blocks(
            Marks(b"k" * 32),
            rules=lambda: ABUSE,
            changed=BlockMemory(database, clock).forget,
            outbox=outbox,
            clock=clock,
        )
        payments = PaymentService(orders=orders, blocks=blocks, fees=lambda: FEES, outbox=outbox, clock=clock)
        client = VendorClient("stripe", f"{sandbox.url}/stripe")
        own = StripeProcessor(client, secret_key=STRIPE_KEY, webhook_secrets=["whsec_x"], rate=1000, clock=clock)
        order_ways = OrderWays(routing=ways.routing, reach=ways.reach, own=own)
        afterwards = Afterwards(
            orders=orders, refunds=OwnRefunds(outbox=outbox, clock=clock), outbox=outbox, clock=clock
        )
        back = WayRefunds(
            {name: each.processor for name, each in ways.counterparts.items()},
            appointment=ways.appointments.details,
            looked=LookedOutside(afterwards),
            outbox=outbox,
            clock=clock,
        )
        hook = OrdersPaidOutside(payments, afterwards, order_ways, back, live_mode=False)
        transactions = Transactions(
            ways.providers,
            made_here=(ways.takings, hook),
            trouble=TroubleOutside(afterwards, back),
            outbox=outbox,
            clock=clock,
        )
        processors = PageProcessors(
            [own], database=database, reach=ways.reach, live_mode=False, longest=longest, clock=clock
        )
        seats = Counted()
        pages = PaymentPages(
            database=database,
            processors=processors,
            payments=payments,
            ways=order_ways,
            onward=Onward(
                database=database,
                payments=payments,
                ways=order_ways,
                watch=ways.watch,
                processors=processors,
                clock=clock,
            ),
            outside=OutsideLedger(transactions, hook),
            seats=seats,
            tokens=tokens,
            clock=clock,
        )
        sweeper = Sweeper(
            database=database,
            payments=payments,
            pages=pages,
            seats=seats,
            lease=timedelta(seconds=30),
            deadline=DEADLINE,
            poll=timedelta(seconds=1),
            clock=clock,
        )
        refunding = WayRefunding(
            back,
            transactions,
            database=database,
            connections=ways.connections,
            ways=ways.reach,
            backs=PlatformBacks(back, outbox=outbox, clock=clock),
            lists=ways.lists,
            deadline=DEADLINE,
            clock=clock,
        )
        asking = RefundService(orders=orders, ways=back, afterwards=afterwards, outbox=outbox, clock=clock)
        try:
            yield OrderBench(
                ways=ways,
                own=own,
                order_ways=order_ways,
                orders=orders,
                payments=payments,
                transactions=transactions,
                pages=pages,
                sweeper=sweeper,
                seats=seats,
                tokens=tokens,
                refunding=refunding,
                asking=asking,
                sender=RefundSender(asking, refunding, database=database, processors=[own], poll=timedelta(seconds=1)),
            )
        finally:
            await client.close()
