"""Gives passes and tickets by hand: an order is placed and is paid at once, in one transaction (C-9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database, Transaction
from chassis.http.repeats import IdempotencyKeyReused
from checkout.catalogue.memory import CatalogueMemory
from checkout.grants import store
from checkout.grants.domain import Grant, GrantAction, granted_order
from checkout.grants.errors import SessionNotPaid, SessionTaken
from checkout.moves.errors import NoSeatsThere, SeatsNotHeld
from checkout.orders import store as orders_store
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.making import customer_kind
from checkout.orders.service import OrderService, locked
from checkout.orders.states import SETTLED
from checkout.payments import store as payments_store
from checkout.payments.domain import Session
from checkout.payments.errors import AmountMismatch
from checkout.payments.processors.port import Processor, ProcessorRefused
from checkout.payments.service import PaymentService
from checkout.seats.inventory import HoldFailed, HoldRequest, NotEnoughSeats, Seats
from events import LineKind

# Long enough for the transaction that follows; a hold that comes to nothing ends by itself.
HELD_FOR: Final = timedelta(minutes=2)
_DEADLINE: Final = timedelta(seconds=10)
_BY_STAFF: Final = Cause(who="staff", why=Why.GRANTED)


class Grants:
    """The use case behind `/api/admin/passes` and `/api/admin/tickets`. It opens its transaction after calling out."""

    def __init__(
        self,
        *,
        database: Database,
        memory: CatalogueMemory,
        orders: OrderService,
        payments: PaymentService,
        seats: Seats,
        processor: Processor,
        live_mode: bool,
        language: str,
        clock: Clock,
    ) -> None:
        self._database = database
        self._memory = memory
        self._orders = orders
        self._payments = payments
        self._seats = seats
        self._processor = processor
        self._live_mode = live_mode
        self._language = language
        self._clock = clock

    async def give(self, grant: Grant, *, actor: Actor) -> Order:
        """The order, paid; the same payment, or the same key, gives the same one again and nothing more.

        Raises UnknownPassKind, UnknownCity, InvalidRequest, SessionNotPaid, SessionTaken, IdempotencyKeyReused,
        NoSeatsThere or SeatsNotHeld.
        """
        session = await self._session(grant.session_id) if grant.session_id else None
        order = await self._order(grant, session)
        known = await orders_store.get(self._database, order.order_id)
        if known is None and grant.kind is LineKind.SEATS:
            await self._hold(order)
        async with self._database.transaction() as tx:
            return await self._give(tx, grant, order, session, actor=actor)

    async def _give(
        self, tx: Transaction, grant: Grant, wanted: Order, session: Session | None, *, actor: Actor
    ) -> Order:
        await store.lock(tx, wanted.order_id)
        known = await orders_store.get_locked(tx, wanted.order_id)
        if known is not None and not grant.is_of(known):
            raise SessionTaken if session else IdempotencyKeyReused
        if known is not None and known.state in SETTLED:
            return known
        order = known or await self._orders.place(tx, wanted, _BY_STAFF)
        await self._pay(tx, order, session)
        await audit.record(
            tx,
            GrantAction.GAVE_TICKETS if grant.kind is LineKind.SEATS else GrantAction.GAVE_PASS,
            actor=actor,
            target=audit.target("order", order.order_id),
            after={"item": grant.item_id, "tier": grant.tier, "quantity": grant.quantity, "session": grant.session_id},
            reason=grant.reason,
        )
        return await locked(tx, order.order_id)

    async def _pay(self, tx: Transaction, order: Order, session: Session | None) -> None:
        if session is None:
            now = self._clock.now()
            await self._orders.paid(tx, order, _BY_STAFF, processor_time=now, method=None, country=None, region=None)
            return
        attempt = await payments_store.of_session(tx, session)
        try:
            await self._payments.session_completed(tx, session, _BY_STAFF, attempt=attempt, happened_at=session.created)
        except AmountMismatch as mismatch:
            raise SessionTaken(str(mismatch)) from mismatch

    async def _order(self, grant: Grant, session: Session | None) -> Order:
        attempt = await payments_store.of_session(self._database, session) if session else None
        earlier, as_member = await orders_store.earlier_orders(self._database, grant.email, sorted(SETTLED))
        now = self._clock.now()
        return granted_order(
            grant,
            attempt.order_id if attempt else grant.order_id(session),
            self._memory.current,
            session=session,
            customer_kind=customer_kind(earlier_orders=earlier, earlier_member_orders=as_member, member=False),
            live_mode=self._live_mode,
            language=self._language,
            now=now,
            held_until=now + HELD_FOR,
        )

    async def _session(self, session_id: str) -> Session:
        try:
            session = await self._processor.read_session(session_id, deadline=_DEADLINE)
        except ProcessorRefused as refusal:
            raise SessionNotPaid from refusal
        if not session.paid or session.live_mode != self._live_mode:
            raise SessionNotPaid
        return session

    async def _hold(self, order: Order) -> None:
        line = order.line
        request = HoldRequest(
            order_id=order.order_id,
            city_id=line.item_id,
            tier=line.tier,
            quantity=line.quantity,
            duration=HELD_FOR,
        )
        try:
            await self._seats.hold(request)
        except NotEnoughSeats as refusal:
            raise NoSeatsThere(refusal.available) from refusal
        except HoldFailed as failure:
            raise SeatsNotHeld from failure
