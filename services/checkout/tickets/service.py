"""Makes tickets void, whose codes let nobody in any more, and has tickets sent to the buyer again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Transaction
from chassis.errors import RateLimited
from checkout.orders import store
from checkout.orders.corrections import Corrections
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.service import locked
from checkout.tickets.domain import BY_THE_BUYER, TicketAction, require_sendable, voidable, wait_for_sending
from checkout.tickets.errors import NotVoidable


class Tickets:
    """What people do with tickets of paid orders. Each use case takes the transaction."""

    def __init__(self, *, corrections: Corrections, clock: Clock) -> None:
        self._corrections = corrections
        self._clock = clock

    async def send_again(self, tx: Transaction, order_id: UUID, *, reason: str, actor: Actor) -> Order:
        """Staff has the good ones sent to who has them. Raises UnknownOrder or NotVoidable."""
        order = await locked(tx, order_id)
        require_sendable(order)
        cause = Cause(who="staff", why=Why.TICKETS_REQUESTED)
        asked = await self._corrections.request_tickets(tx, order, cause, wanted=order.good_tickets)
        await audit.record(
            tx,
            TicketAction.REQUESTED,
            actor=actor,
            target=audit.target("order", order_id),
            after={"version": asked.version},
            reason=reason,
        )
        return asked

    async def send_again_to_buyer(self, tx: Transaction, order_id: UUID, *, seat: int | None = None) -> Order:
        """The buyer has them sent, now and then, or whoever one was given to has that `seat`'s.

        Raises UnknownOrder, NotVoidable where there is nothing to send, or RateLimited.
        """
        order = await locked(tx, order_id)
        require_sendable(order)
        wanted = order.own_tickets if seat is None else [each for each in order.good_tickets if each.seat == seat]
        if not wanted:
            raise NotVoidable
        wait = wait_for_sending(await store.history(tx, order_id), self._clock.now())
        if wait > timedelta(0):
            raise RateLimited.until(wait)
        return await self._corrections.request_tickets(tx, order, BY_THE_BUYER, wanted=wanted)

    async def void(
        self, tx: Transaction, order_id: UUID, *, seats: Collection[int], reason: str, actor: Actor
    ) -> tuple[Order, tuple[int, ...]]:
        """Of these seats, or of all. Done twice, the codes of the first time are void as well.

        Raises UnknownOrder, NotVoidable, NoSuchTicket or NoMoreCodes.
        """
        order = await locked(tx, order_id)
        chosen = voidable(order, seats)
        replaced = await self._corrections.replace_tickets(
            tx, order, Cause(who="staff", why=Why.TICKETS_VOIDED), seats=chosen
        )
        await audit.record(
            tx,
            TicketAction.VOIDED,
            actor=actor,
            target=audit.target("order", order_id),
            after={"seats": list(chosen)},
            reason=reason,
        )
        return replaced, chosen
