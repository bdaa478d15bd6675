"""Makes tickets void: their codes let nobody in any more, and the buyer is sent new ones."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.database import Transaction
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.service import OrderService, locked
from checkout.tickets.domain import TicketAction, voidable


class Tickets:
    """What people do with tickets of paid orders. Each use case takes the transaction."""

    def __init__(self, *, orders: OrderService) -> None:
        self._orders = orders

    async def void(
        self, tx: Transaction, order_id: UUID, *, seats: Collection[int], reason: str, actor: Actor
    ) -> tuple[Order, tuple[int, ...]]:
        """Of these seats, or of all. Done twice, the codes of the first time are void as well.

        Raises UnknownOrder, NotVoidable, NoSuchTicket or NoMoreCodes.
        """
        order = await locked(tx, order_id)
        chosen = voidable(order, seats)
        replaced = await self._orders.replace_tickets(
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
