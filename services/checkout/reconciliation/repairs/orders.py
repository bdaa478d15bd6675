"""Differences about orders: tickets, passes and messages come by the use cases that give them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from chassis.database import Database, Transaction
from checkout.orders import store as orders_store
from checkout.orders.corrections import Corrections
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.messages import OrderMessages
from checkout.orders.service import locked
from checkout.orders.states import WITH_TICKETS
from checkout.passes.service import PassService
from checkout.reconciliation import ours_store
from checkout.reconciliation.comparing import of_order
from checkout.reconciliation.domain import REPAIRED, Difference, Settlement, persons
from checkout.reconciliation.repairs.repair import FOUND
from events import DifferenceKind, OrderPaid, SeatState

_SENT_AGAIN = Cause(who="system", why=Why.TICKETS_REQUESTED)


class OrderRepair:
    """By the order as it stands. `confirmed`: whether buyers are written to at all."""

    def __init__(
        self,
        *,
        database: Database,
        corrections: Corrections,
        passes: PassService,
        messages: OrderMessages,
        confirmed: Callable[[], bool],
    ) -> None:
        self._database = database
        self._corrections = corrections
        self._passes = passes
        self._messages = messages
        self._confirmed = confirmed

    async def see(self, difference: Difference) -> None:
        """No processor knows of it."""

    async def look(self, difference: Difference, seen: None) -> Difference | None:  # noqa: ARG002
        order_id = UUID(difference.subject)
        known = await ours_store.orders(self._database, [order_id])
        wrong = of_order(known[order_id], confirmed=self._confirmed()) if order_id in known else ()
        return next((each for each in wrong if each.kind is difference.kind), None)

    async def mend(self, difference: Difference, seen: None) -> Settlement:
        order_id = UUID(difference.subject)
        if difference.kind is DifferenceKind.CONFIRMATION_MISSING:
            return await self._confirm(order_id)
        if difference.kind is DifferenceKind.SEATS_MISSING:
            return persons("Inventory has not said that its seats are sold", "fullhouse dlq list --service inventory")
        if difference.kind is DifferenceKind.NOT_PAID:
            return persons(
                "It has what nobody has paid for: find its payment, or make its tickets void",
                f"fullhouse orders show {order_id}",
            )
        async with self._database.transaction() as tx:
            await self._give(tx, await locked(tx, order_id), difference.kind)
        if await self.look(difference, seen) is None:
            return REPAIRED
        return persons("It lacks them all the same", f"fullhouse orders show {order_id}")

    async def _give(self, tx: Transaction, order: Order, kind: DifferenceKind) -> None:
        """Tickets that are missing, or passes."""
        if order.state not in WITH_TICKETS:
            return
        if kind is DifferenceKind.PASS_MISSING:
            await self._passes.grant(tx, self._paid(order))
            return
        there = {ticket.seat for ticket in order.tickets}
        missing = [seat.seat for seat in order.seats if seat.state == SeatState.SOLD and seat.seat not in there]
        if missing:
            await self._corrections.replace_tickets(tx, order, FOUND, seats=missing)

    async def _confirm(self, order_id: UUID) -> Settlement:
        """The tickets are sent once more, and only once: what doesn't arrive then either, a person has to see."""
        known = await ours_store.orders(self._database, [order_id])
        if known[order_id].told:
            return persons(
                "No e-mail reached its buyer: the address may be wrong",
                f'fullhouse orders change {order_id} --email EMAIL --reason "No e-mail arrives"',
            )
        async with self._database.transaction() as tx:
            order = await locked(tx, order_id)
            asked = any(each.cause == _SENT_AGAIN for each in await orders_store.history(tx, order_id))
            if not asked and order.good_tickets:
                await self._corrections.request_tickets(tx, order, _SENT_AGAIN, wanted=order.good_tickets)
                return REPAIRED
        never = "Its tickets were sent again, and no message came of it" if asked else "Its link was never sent"
        return persons(never, "fullhouse dlq list --service notifier")

    def _paid(self, order: Order) -> OrderPaid:
        """The event that says so, as it was, or should have been, told."""
        paid_at = order.paid_at or order.placed_at
        return self._messages.event(
            OrderPaid,
            order,
            at=paid_at,
            hold_alive=False,
            tickets=order.tickets,
            paid_at=paid_at,
            processor_time=paid_at,
        )
