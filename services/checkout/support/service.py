"""Takes customers' calls for help, and closes them (C-10). Each use case takes the transaction."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Transaction
from chassis.errors import RateLimited
from chassis.ids import parse_short_number, uuid7
from chassis.telemetry import get_logger
from checkout.customers.checking import CustomerChecks
from checkout.orders import list_store
from checkout.orders.list_store import OrderFilters
from checkout.support import store
from checkout.support.domain import HOUR, MOST_AN_HOUR, SupportAction, SupportRequest, SupportWish, is_of
from checkout.support.errors import UnknownSupportRequest
from eventbus import Outbox
from events import ActivitySupportClosed, ActivitySupportRequest, OrderId, SupportKind

log = get_logger()


class Support:
    """What customers need help with."""

    def __init__(self, *, checks: CustomerChecks, outbox: Outbox, clock: Clock) -> None:
        """`checks`: look for what an address has paid and does not have."""
        self._checks = checks
        self._outbox = outbox
        self._clock = clock

    async def ask(self, tx: Transaction, wish: SupportWish) -> SupportRequest:
        """A customer asks; who asks the same again, while nobody has dealt with it, has asked once.

        What they have paid and miss is looked for at once. Raises RateLimited.
        """
        request = await self._request(tx, wish)
        if wish.kind is SupportKind.MISSING_PURCHASE:
            await self._checks.begin(tx, wish.email)
        if same := await store.same_open(tx, request):
            return same
        if await store.count_of(tx, wish.email, since=request.made_at - HOUR) >= MOST_AN_HOUR:
            raise RateLimited.until(HOUR)
        if not await store.keep(tx, request):
            return await store.same_open(tx, request) or request
        told = ActivitySupportRequest(
            visitor_id=str(request.order_id or request.request_id),
            request_id=request.request_id,
            order_id=OrderId(request.order_id) if request.order_id else None,
            kind=request.kind,
            known=request.known,
            occurred_at=request.made_at,
        )
        await self._outbox.publish(tx, told)
        log.info("support_requested", request_id=str(request.request_id), kind=request.kind)
        return request

    async def close(self, tx: Transaction, request_id: UUID, *, reason: str, actor: Actor) -> SupportRequest:
        """A person has dealt with it; a second time changes nothing. Raises UnknownSupportRequest."""
        request = await store.get_locked(tx, request_id)
        if request is None:
            raise UnknownSupportRequest
        if request.closed_at is not None:
            return request
        now = self._clock.now()
        await store.close(tx, request_id, by=actor.name, reason=reason, at=now)
        await audit.record(
            tx,
            SupportAction.CLOSED,
            actor=actor,
            target=audit.target("support", request_id),
            before={"kind": request.kind, "closed": False},
            after={"kind": request.kind, "closed": True},
            reason=reason,
        )
        told = ActivitySupportClosed(
            visitor_id=str(request.order_id or request_id),
            request_id=request_id,
            kind=request.kind,
            known=request.known,
            occurred_at=now,
        )
        await self._outbox.publish(tx, told)
        return replace(request, closed_at=now, closed_by=actor.name, reason=reason)

    async def _request(self, tx: Transaction, wish: SupportWish) -> SupportRequest:
        order_id = wish.order_id or await self._theirs(tx, wish)
        return SupportRequest(
            request_id=uuid7(),
            kind=wish.kind.value,
            email=wish.email,
            order_id=order_id,
            order_said="" if wish.order_id else wish.order_said,
            text=wish.text,
            made_at=self._clock.now(),
            known=order_id is not None or await list_store.is_known(tx, wish.email),
        )

    async def _theirs(self, tx: Transaction, wish: SupportWish) -> UUID | None:
        """The order whose number they wrote, where it is of their address; who asks never hears whether."""
        number = parse_short_number(wish.order_said)
        if number is None:
            return None
        found = await list_store.find(tx, OrderFilters(number=number), before=None, limit=1)
        return next((order.order_id for order in found if is_of(order, wish.email)), None)
