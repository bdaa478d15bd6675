"""The purchase: hold, order, payment page (C-1). The steps, and what a crash after each leaves behind:

1. the request is stored with its order id → an orphan: the sweeper releases that order id;
2. inventory holds the seats → the same;
3. order, attempt and order.placed are committed → the sweeper opens the page with the same call;
4. the processor makes the session → the same call gives the same session;
5. the session is committed with the answer → a repeat gets the answer.

What costs nothing needs no processor: step 3 commits it as paid, with its tickets and the answer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from chassis.clock import Clock
from chassis.crashpoints import crashpoint
from chassis.database import Database, Transaction
from chassis.emails import email_key
from chassis.errors import Condition
from chassis.telemetry import current_traceparent, get_logger
from checkout.catalogue import service as catalogue
from checkout.catalogue.memory import CatalogueMemory
from checkout.maintenance.memory import MaintenanceMemory
from checkout.orders import store as orders_store
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.making import customer_kind
from checkout.orders.service import OrderService
from checkout.orders.states import SETTLED
from checkout.orders.tokens import OrderTokens
from checkout.payments.domain import Attempt
from checkout.payments.processors.port import Processor, Turn
from checkout.payments.service import PaymentService
from checkout.purchases import request_store
from checkout.purchases.buyers import BuyerLimits
from checkout.purchases.claims import REPEAT_WAIT, Claims
from checkout.purchases.domain import Buyer, PaymentPage, PlaceInLine
from checkout.purchases.errors import (
    InventoryUnavailable,
    PaymentNotPossible,
    PaymentProcessingFailed,
    PaymentProviderBusy,
    SoldOut,
)
from checkout.purchases.holding import Holding
from checkout.purchases.offers import Offer, make_offer
from checkout.purchases.placing import Durations, Schedule, Visitor, new_attempt, new_order, new_sale
from checkout.purchases.sessions import PaymentPages
from checkout.purchases.turns import Turns
from checkout.purchases.ways import OrderWays
from checkout.purchases.wish import PassWish, Wish
from checkout.routing.domain import KeptDecision
from checkout.seats.inventory import Held
from eventbus.outgoing.facts import Facts
from events import ActivityCheckoutStarted, CustomerKind

log = get_logger()


class Purchase:
    """The use case behind `POST /api/create-checkout-session`. It opens its transactions: between them it calls out."""

    def __init__(
        self,
        *,
        database: Database,
        memory: CatalogueMemory,
        orders: OrderService,
        payments: PaymentService,
        holding: Holding,
        processor: Processor,
        pages: PaymentPages,
        ways: OrderWays,
        claims: Claims,
        maintenance: MaintenanceMemory,
        limits: BuyerLimits,
        tokens: OrderTokens,
        facts: Facts,
        turns: Turns,
        durations: Durations,
        live_mode: bool,
        clock: Clock,
    ) -> None:
        self._database = database
        self._memory = memory
        self._orders = orders
        self._payments = payments
        self._holding = holding
        self._processor = processor
        self._pages = pages
        self._ways = ways
        self._claims = claims
        self._maintenance = maintenance
        self._limits = limits
        self._tokens = tokens
        self._facts = facts
        self._turns = turns
        self._durations = durations
        self._live_mode = live_mode
        self._clock = clock

    async def start(self, wish: Wish | PassWish, *, key: str | None, visitor: Visitor) -> PaymentPage | PlaceInLine:
        """Holds the seats and opens the payment page. Raises the Conditions of C-13."""
        until = self._clock.monotonic() + REPEAT_WAIT.total_seconds()
        # A repeat gets its answer before anything is judged anew: the sale may be over by now, the code used up by it.
        first = await self._claims.first(wish, key)
        email = wish.customer_data.email
        buyer = self._limits.buyer(address=visitor.address, email=email, exempt=visitor.exempt)
        if first is None:
            await self._limits.admit(buyer)
        while first is None or (page := await self._claims.answer(first, until=until)) is None:
            self._maintenance.require_none()
            offer = await make_offer(self._database, self._memory.current, wish, now=self._clock.now())
            await self._ways.check_choice(self._database, offer, wish.payment_option)
            if visitor.open_order is not None:
                await self._pages.let_go(visitor.open_order)
            await self._limits.require_room(self._database, buyer, wish.quantity)
            claim = await self._claims.take(wish, key)
            if claim.mine:
                return await self._run(wish, offer, claim.order_id, visitor, buyer)
            first = claim
        return page

    async def _run(
        self, wish: Wish | PassWish, offer: Offer, order_id: UUID, visitor: Visitor, buyer: Buyer
    ) -> PaymentPage | PlaceInLine:
        free = offer.quote.price.amount == 0
        try:
            longest = timedelta(0) if free else self._turns.longest()
            held = await self._holding.hold(wish, order_id, duration=longest + self._durations.hard_hold)
            turn = None if free else self._turns.take()
            schedule = self._schedule(turn)
            order, attempt = await self._place(wish, offer, order_id, visitor, buyer, schedule, held)
        except Condition as condition:
            await self._claims.fail(order_id, held=not isinstance(condition, SoldOut | PaymentProviderBusy))
            raise
        crashpoint("checkout.after_commit")
        self._tell_started(order)
        if attempt is None or turn is None:
            return self._pages.own_page(order)
        return await self._turns.open(order, attempt, turn)

    async def status(self, order_id: UUID) -> PaymentPage | PlaceInLine:
        """What `statusUrl` answers: the payment page when it is ready, the place in line until then."""
        state, page = await request_store.answer_of(self._database, order_id)
        if page is not None:
            return page
        order = await orders_store.get(self._database, order_id)
        if state == "failed" or order is None:
            raise PaymentProcessingFailed(headers={"Retry-After": "5"})
        return self._turns.place_of(order)

    def _schedule(self, turn: Turn | None) -> Schedule:
        return Schedule(
            now=self._clock.now(),
            wait=turn.wait if turn else timedelta(0),
            hold=self._memory.current.terms.hold,
            durations=self._durations,
        )

    async def _place(
        self,
        wish: Wish | PassWish,
        offer: Offer,
        order_id: UUID,
        visitor: Visitor,
        buyer: Buyer,
        schedule: Schedule,
        held: Held,
    ) -> tuple[Order, Attempt | None]:
        """The order with its attempt; what is free has none, and is paid in the same transaction.

        Where nobody can take its payment only that is kept: raises PaymentNotPossible.
        """
        kind = await self._customer_kind(wish, member=offer.quote.member)
        order = new_order(
            order_id,
            wish,
            offer,
            visitor=visitor,
            kind=kind,
            processor=self._processor.name,
            schedule=schedule,
            live_mode=self._live_mode,
        )
        async with self._database.transaction() as tx:
            decision = await self._ways.decide(tx, order, offer.provider_id, choice=wish.payment_option)
            if decision is None or decision.routed.way is not None:
                order, attempt = await self._keep(tx, order, offer, buyer, schedule, held, decision)
        if decision is not None and decision.routed.way is None:
            raise PaymentNotPossible(extra={"decision_id": str(decision.decision_id)})
        log.info("order_placed", order_id=str(order.order_id), city=order.line.item_id, tier=order.line.tier)
        return order, attempt

    async def _keep(
        self,
        tx: Transaction,
        order: Order,
        offer: Offer,
        buyer: Buyer,
        schedule: Schedule,
        held: Held,
        decision: KeptDecision | None,
    ) -> tuple[Order, Attempt | None]:
        if not await request_store.keep(tx, order.order_id, until=schedule.lease_until):
            raise InventoryUnavailable(headers={"Retry-After": "2"})
        await self._limits.take(tx, buyer, order.order_id, order.line.quantity)
        if offer.quote.code is not None:
            key = email_key(order.customer.email)
            await catalogue.reserve(tx, order.order_id, offer.quote.code, email_key=key)
        if decision is not None and decision.routed.way is not None:
            order = replace(order, processor=decision.routed.way.processor)
        order = await self._orders.place(tx, order)
        if not order.amount:
            await self._give(tx, order)
            return order, None
        return order, await self._begin(tx, order, offer, schedule, held, decision)

    async def _begin(
        self,
        tx: Transaction,
        order: Order,
        offer: Offer,
        schedule: Schedule,
        held: Held,
        decision: KeptDecision | None,
    ) -> Attempt:
        """The try to have it paid, at the first way of the decision."""
        sale = new_sale(order, offer, tokens=self._tokens, schedule=schedule, delayable=held.delayable)
        attempt = new_attempt(
            order, sale, processor=self._processor, schedule=schedule, traceparent=current_traceparent()
        )
        if decision is not None:
            attempt = await self._ways.begin(tx, attempt, sale, decision)
        await self._payments.begin(tx, attempt, due_at=schedule.lease_until)
        return attempt

    async def _give(self, tx: Transaction, order: Order) -> None:
        """Nothing is to be paid: the order has its tickets at once, and a repeat of the request finds it so."""
        cause = Cause(who="system", why=Why.NOTHING_TO_PAY)
        await self._orders.paid(
            tx, order, cause, processor_time=order.placed_at, method=None, country=None, region=None
        )
        await request_store.done(tx, self._pages.own_page(order))

    async def _customer_kind(self, wish: Wish | PassWish, *, member: bool) -> CustomerKind:
        email = wish.customer_data.email
        earlier, as_member = await orders_store.earlier_orders(self._database, email, sorted(SETTLED))
        return customer_kind(earlier_orders=earlier, earlier_member_orders=as_member, member=member)

    def _tell_started(self, order: Order) -> None:
        started = ActivityCheckoutStarted(
            visitor_id=order.visitor_id or str(order.order_id),
            order_id=order.order_id,
            lines=order.lines,
            currency=order.currency,
            member=order.member,
            source=order.source,
            occurred_at=order.placed_at,
        )
        self._facts.tell(started)
