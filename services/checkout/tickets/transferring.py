"""Gives tickets to somebody else: new codes for them, and the old ones let nobody in any more.

The order's row is the lock: of a transfer, a refund, a move and a new code each sees what the others have done. Of a
check-in checkout hears later; then the ticket's row at the door is the lock, and nobody comes in on its seat again.
"""

from __future__ import annotations

from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Transaction
from chassis.telemetry import get_logger
from checkout.catalogue.memory import CatalogueMemory
from checkout.orders import fulfilment_store
from checkout.orders.corrections import Corrections
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.service import locked
from checkout.tickets.domain import TicketAction
from checkout.tickets.transfers import Transfer, require_theirs, require_transferable

log = get_logger()

BY_STAFF = Cause(who="staff", why=Why.TICKETS_TRANSFERRED)
BY_ITS_HOLDER = Cause(who="customer", why=Why.TICKETS_TRANSFERRED)


class Transfers:
    """What becomes of tickets that are given on. Each use case takes the transaction; a repeat changes nothing."""

    def __init__(self, *, memory: CatalogueMemory, corrections: Corrections, clock: Clock) -> None:
        self._memory = memory
        self._corrections = corrections
        self._clock = clock

    async def by_staff(
        self, tx: Transaction, order_id: UUID, transfer: Transfer, *, reason: str, actor: Actor
    ) -> Order:
        """Whoever has them now. Raises UnknownOrder, and what `require_transferable` does."""
        order = await locked(tx, order_id)
        if transfer.done(order):
            return order
        given = await self._give(tx, order, transfer, BY_STAFF)
        await audit.record(
            tx,
            TicketAction.TRANSFERRED,
            actor=actor,
            target=audit.target("order", order_id),
            after={"seats": list(transfer.seats)},
            reason=reason,
        )
        return given

    async def by_holder(self, tx: Transaction, order_id: UUID, transfer: Transfer, *, transfers: int) -> Order:
        """By the buyer, whose tickets were given 0 times, or by whom they were given to as many `transfers` ago.

        Raises UnknownOrder, and what `require_transferable` and `require_theirs` do.
        """
        order = await locked(tx, order_id)
        if transfer.done(order):
            return order
        require_theirs(order, transfer, transfers=transfers)
        return await self._give(tx, order, transfer, BY_ITS_HOLDER)

    async def _give(self, tx: Transaction, order: Order, transfer: Transfer, cause: Cause) -> Order:
        inside = await fulfilment_store.inside(tx, order.order_id)
        require_transferable(order, transfer, inside=inside, over=self.over(order))
        given = await self._corrections.transfer(tx, order, cause, seats=sorted(transfer.seats), person=transfer.person)
        log.info("tickets_transferred", order_id=str(order.order_id), quantity=len(transfer.seats))
        return given

    def over(self, order: Order) -> bool:
        """Whether a workshop of the order has ended; one that the catalogue does not know has not."""
        cities = (self._memory.current.cities.get(city_id) for city_id in order.city_ids)
        return any(city.ends <= self._clock.now() for city in cities if city is not None)
