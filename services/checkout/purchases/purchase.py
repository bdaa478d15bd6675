"""The purchase: hold, order, payment page (C-1, design §2). The steps, and what a crash after each leaves behind:

1. the request is stored with its order id → an orphan: the sweeper releases that order id;
2. inventory holds the seats → the same;
3. order, attempt and order.placed are committed → the sweeper opens the page with the same call;
4. Stripe makes the session → the same call gives the same session;
5. the session is committed with the answer → a repeat gets the answer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from chassis.clock import Clock
from chassis.crashpoints import crashpoint
from chassis.database import Database
from chassis.emails import email_key
from chassis.errors import Condition
from chassis.ids import uuid7
from chassis.telemetry import current_traceparent, get_logger
from checkout.catalogue import service as catalogue
from checkout.catalogue.memory import CatalogueMemory
from checkout.orders import store as orders_store
from checkout.orders.domain import Order, customer_kind
from checkout.orders.service import OrderService
from checkout.orders.states import SETTLED
from checkout.orders.tokens import OrderTokens
from checkout.payments.domain import Attempt
from checkout.payments.processors.stripe import StripeBusy, StripeFailure, StripeGateway, StripeUncertain
from checkout.payments.service import PaymentService
from checkout.purchases import request_store
from checkout.purchases.errors import (
    InProgress,
    InventoryUnavailable,
    PaymentProcessingFailed,
    PaymentProviderBusy,
    SoldOut,
)
from checkout.purchases.offers import Offer, make_offer
from checkout.purchases.placing import Durations, Schedule, Visitor, new_attempt, new_order
from checkout.purchases.sessions import PaymentPages
from checkout.purchases.wish import Wish
from checkout.seats.inventory import HoldFailed, HoldRequest, NotEnoughSeats, Seats
from eventbus.outgoing.facts import Facts
from events import ActivityCheckoutStarted, CancelCause, CustomerKind

log = get_logger()

LONG_QUEUE: Final = timedelta(seconds=5)
REPEAT_WAIT: Final = timedelta(seconds=10)
_LOOK: Final = timedelta(milliseconds=100)


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """C-1's answer: the page is ready (200), or the buyer stands in line (202)."""

    order_id: UUID
    answer: Mapping[str, Any]
    in_line: bool = False


class Purchase:
    """The use case behind `POST /api/create-checkout-session`. It opens its transactions: between them it calls out."""

    def __init__(
        self,
        *,
        database: Database,
        memory: CatalogueMemory,
        orders: OrderService,
        payments: PaymentService,
        seats: Seats,
        gateway: StripeGateway,
        pages: PaymentPages,
        tokens: OrderTokens,
        facts: Facts,
        durations: Durations,
        live_mode: bool,
        public_url: str,
        clock: Clock,
    ) -> None:
        self._database = database
        self._memory = memory
        self._orders = orders
        self._payments = payments
        self._seats = seats
        self._gateway = gateway
        self._pages = pages
        self._tokens = tokens
        self._facts = facts
        self._durations = durations
        self._live_mode = live_mode
        self._public_url = public_url
        self._clock = clock
        self._turns: set[asyncio.Task[None]] = set()

    async def start(self, wish: Wish, *, key: str | None, visitor: Visitor) -> Started:
        """Holds the seats and opens the payment page. Raises the Conditions of C-13."""
        key = f"client {key}" if key else None
        until = self._clock.monotonic() + REPEAT_WAIT.total_seconds()
        # A repeat gets its answer before anything is judged anew: the sale may be over by now, the code used up by it.
        first = await self._first_claim(wish, key) if key else None
        while first is None or (answer := await self._first_answer(first, until=until)) is None:
            offer = await make_offer(self._database, self._memory.current, wish, now=self._clock.now())
            claim = await (self._claim(wish, key) if key else self._claim_own(wish))
            if claim.mine:
                return await self._run(wish, offer, claim.order_id, visitor)
            first = claim
        return Started(order_id=first.order_id, answer=answer)

    async def _run(self, wish: Wish, offer: Offer, order_id: UUID, visitor: Visitor) -> Started:
        try:
            schedule = self._schedule()
            await self._hold(wish, order_id, schedule)
            order, attempt = await self._place(wish, offer, order_id, visitor, schedule)
        except Condition as condition:
            await self._fail(order_id, held=not isinstance(condition, SoldOut | PaymentProviderBusy))
            raise
        crashpoint("checkout.after_commit")
        self._tell_started(order)
        if schedule.wait > LONG_QUEUE:
            return self._stand_in_line(order, attempt, schedule)
        answer = await self._open(order, attempt, deadline=self._durations.deadline)
        return Started(order_id=order.order_id, answer=answer)

    async def status(self, order_id: UUID) -> Started:
        """What `statusUrl` answers: C-1's answer when it is ready, the place in line until then."""
        state, answer = await request_store.answer_of(self._database, order_id) or ("failed", None)
        if answer is not None:
            return Started(order_id=order_id, answer=answer)
        order = await orders_store.get(self._database, order_id)
        if state == "failed" or order is None:
            raise PaymentProcessingFailed(headers={"Retry-After": "5"})
        return self._line(order)

    async def stop(self) -> None:
        """Turns that have not come are left to the sweeper."""
        for turn in self._turns:
            turn.cancel()
        await asyncio.gather(*self._turns, return_exceptions=True)

    async def _first_claim(self, wish: Wish, key: str) -> request_store.Claim | None:
        return await request_store.first_claim(self._database, key, body_hash=wish.digest(), now=self._clock.now())

    async def _claim_own(self, wish: Wish) -> request_store.Claim:
        """Without a key of the client's nobody can repeat it."""
        key, now = f"own {uuid7()}", self._clock.now()
        return await request_store.claim_own(
            self._database, key, body_hash=wish.digest(), now=now, lease=self._durations.lease
        )

    async def _claim(self, wish: Wish, key: str) -> request_store.Claim:
        """Stores the request before anything is held."""
        async with self._database.transaction() as tx:
            return await request_store.claim(
                tx, key, body_hash=wish.digest(), now=self._clock.now(), lease=self._durations.lease
            )

    async def _first_answer(self, claim: request_store.Claim, *, until: float) -> Mapping[str, Any] | None:
        """A repeat: the first one's answer, for which it waits a while. None when it failed: the key is free again."""
        if claim.owes_seats:
            await self._give_seats_back(claim.order_id)
            return None
        answer = claim.answer
        while answer is None:
            if self._clock.monotonic() >= until:
                raise InProgress(headers={"Retry-After": "2"})
            await self._clock.sleep(_LOOK)
            state, answer = await request_store.answer_of(self._database, claim.order_id) or ("failed", None)
            if state == "failed":
                return None
        return answer

    async def _give_seats_back(self, order_id: UUID) -> None:
        """Until inventory has heard of an order that came to nothing, its buyer may not run again and hold twice."""
        if not await self._seats.release(order_id):
            raise InventoryUnavailable(headers={"Retry-After": "2"})
        async with self._database.transaction() as tx:
            await request_store.released(tx, order_id)

    def _schedule(self) -> Schedule:
        """Nobody is let in whose turn would come when half of the promised time is over."""
        wait, _ = self._gateway.queue()
        hold = self._memory.current.terms.hold
        if wait > hold / 2:
            raise PaymentProviderBusy(headers={"Retry-After": str(int(wait.total_seconds()))})
        return Schedule(now=self._clock.now(), wait=wait, hold=hold, durations=self._durations)

    async def _hold(self, wish: Wish, order_id: UUID, schedule: Schedule) -> None:
        request = HoldRequest(
            order_id=order_id,
            city_id=wish.city_id,
            tier=wish.ticket_type,
            quantity=wish.quantity,
            duration=schedule.hard_hold,
        )
        try:
            await self._seats.hold(request)
        except NotEnoughSeats as full:
            waitlist = f"{self._public_url}/register?city={wish.city_id}#waitlist"
            raise SoldOut(extra={"available": full.available, "waitlistUrl": waitlist}) from full
        except HoldFailed as failure:
            raise InventoryUnavailable(headers={"Retry-After": "2"}) from failure
        crashpoint("checkout.after_hold")

    async def _place(
        self, wish: Wish, offer: Offer, order_id: UUID, visitor: Visitor, schedule: Schedule
    ) -> tuple[Order, Attempt]:
        kind = await self._customer_kind(wish, member=offer.quote.member)
        order = new_order(
            order_id, wish, offer, visitor=visitor, kind=kind, schedule=schedule, live_mode=self._live_mode
        )
        attempt = new_attempt(order, offer, tokens=self._tokens, schedule=schedule, traceparent=current_traceparent())
        async with self._database.transaction() as tx:
            if not await request_store.keep(tx, order_id, until=schedule.lease_until):
                raise InventoryUnavailable(headers={"Retry-After": "2"})
            if offer.quote.code is not None:
                key = email_key(order.customer.email)
                await catalogue.reserve(tx, order.order_id, offer.quote.code, email_key=key)
            order = await self._orders.place(tx, order)
            await self._payments.begin(tx, attempt, due_at=schedule.lease_until)
        log.info("order_placed", order_id=str(order.order_id), city=order.line.item_id, tier=order.line.tier)
        return order, attempt

    async def _customer_kind(self, wish: Wish, *, member: bool) -> CustomerKind:
        email = wish.customer_data.email
        earlier, as_member = await orders_store.earlier_orders(self._database, email, sorted(SETTLED))
        return customer_kind(earlier_orders=earlier, earlier_member_orders=as_member, member=member)

    async def _open(self, order: Order, attempt: Attempt, *, deadline: timedelta) -> Mapping[str, Any]:
        """The page's answer; what Stripe's failures mean for the buyer (C-1, C-13)."""
        try:
            page = await self._pages.open(attempt, order, deadline=deadline)
        except StripeUncertain as failure:
            await self._pages.leave_to_sweeper(attempt)
            raise PaymentProviderBusy(headers={"Retry-After": "5"}) from failure
        except StripeFailure as failure:
            await self._pages.give_up(attempt, cause=CancelCause.PAYMENT_PAGE_FAILED)
            _, answer = await request_store.answer_of(self._database, order.order_id) or ("failed", None)
            if answer is not None:
                return answer  # the sweeper's call came through
            log.error("payment_processing_failed", order_id=str(order.order_id), reason=str(failure))  # noqa: TRY400
            if isinstance(failure, StripeBusy):
                raise PaymentProviderBusy(headers={"Retry-After": "10"}) from failure
            raise PaymentProcessingFailed(headers={"Retry-After": "5"}) from failure
        if page.answer is None:
            raise PaymentProcessingFailed(headers={"Retry-After": "1"})
        return page.answer

    def _stand_in_line(self, order: Order, attempt: Attempt, schedule: Schedule) -> Started:
        """The turn is taken in the background; whatever becomes of it is in the rows, where statusUrl reads."""

        async def take_turn() -> None:
            try:
                await self._open(order, attempt, deadline=schedule.wait + self._durations.deadline)
            except Condition:
                return

        turn = asyncio.create_task(take_turn())
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)
        return self._line(order)

    def _line(self, order: Order) -> Started:
        token = self._tokens.token(order.order_id)
        answer = {
            "success": True,
            "orderId": str(order.order_id),
            "position": max(1, self._gateway.queue()[1]),
            "statusUrl": f"{self._public_url}/api/orders/{order.order_id}/checkout?token={token}",
            "holdExpiresAt": order.promised_until.isoformat().replace("+00:00", "Z"),
            "orderToken": token,
        }
        return Started(order_id=order.order_id, answer=answer, in_line=True)

    async def _fail(self, order_id: UUID, *, held: bool) -> None:
        """Nothing was sold: the key is free again, and what was, or may have been, held goes back."""
        async with self._database.transaction() as tx:
            await request_store.failed(tx, order_id, release=held, lease=self._durations.lease)
        if held:
            with suppress(InventoryUnavailable):  # the sweeper tries again
                await self._give_seats_back(order_id)

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
