"""What people change of paid orders while their state stays: where seats are, which codes are good, whose order it is.

Each use case takes the transaction, and an order whose row is locked.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.tickets import TicketSigner
from checkout.orders import correction_store, store
from checkout.orders.codes import next_codes
from checkout.orders.domain import Cause, Order, Reseating
from checkout.orders.holders import Person
from checkout.orders.messages import OrderMessages
from eventbus import Outbox
from events import (
    OrderCustomer,
    OrderCustomerChanged,
    OrderEvent,
    OrderSeatsMoved,
    OrderTicketsReplaced,
    OrderTicketsRequested,
    OrderTicketsTransferred,
    TicketCode,
)


class Corrections:
    """Changes paid orders, and says so on `orders`."""

    def __init__(self, *, outbox: Outbox, messages: OrderMessages, signer: TicketSigner, clock: Clock) -> None:
        self._outbox = outbox
        self._messages = messages
        self._signer = signer
        self._clock = clock

    async def reseat(self, tx: Transaction, order: Order, cause: Cause, *, wanted: Reseating) -> Order:
        """The order's seats are elsewhere from now on, with new tickets."""
        tickets = next_codes(self._signer, order, dict.fromkeys(wanted.seats, wanted.city_id))
        moved = order.reseated(wanted, tickets)
        await correction_store.reseat(tx, moved)
        await self._keep(
            tx,
            moved,
            cause,
            OrderSeatsMoved,
            moved_seats=wanted.seats,
            from_city_id=wanted.from_city_id,
            from_tier=wanted.from_tier,
            hold_id=wanted.hold_id,
            tickets=tickets,
        )
        return moved

    async def replace_tickets(self, tx: Transaction, order: Order, cause: Cause, *, seats: Sequence[int]) -> Order:
        """These seats have new tickets from now on."""
        cities = {seat.seat: seat.city_id for seat in order.seats if seat.seat in seats}
        tickets = next_codes(self._signer, order, cities)
        replaced = order.with_tickets(tickets)
        await self._keep(tx, replaced, cause, OrderTicketsReplaced, tickets=tickets)
        return replaced

    async def transfer(
        self, tx: Transaction, order: Order, cause: Cause, *, seats: Sequence[int], person: Person
    ) -> Order:
        """These seats are somebody's from now on, with new tickets; whoever had them has codes that are void."""
        cities = {seat.seat: seat.city_id for seat in order.seats if seat.seat in seats}
        tickets = next_codes(self._signer, order, cities)
        given = order.given(person, tickets)
        before = tuple(self._messages.holder(order, each) for each in order.holders if each.seat in cities)
        await correction_store.give(tx, given)
        await self._keep(tx, given, cause, OrderTicketsTransferred, previous_holders=before, tickets=tickets)
        return given

    async def request_tickets(
        self, tx: Transaction, order: Order, cause: Cause, *, wanted: Sequence[TicketCode]
    ) -> Order:
        """Whoever has these tickets is to get them once more; nothing else of the order changes."""
        asked = order.with_tickets(())
        await self._keep(tx, asked, cause, OrderTicketsRequested, tickets=tuple(wanted))
        return asked

    async def change_customer(self, tx: Transaction, order: Order, cause: Cause, *, customer: OrderCustomer) -> Order:
        """The order is somebody else's, or has another address, from now on; links to the one before end (C-6)."""
        changed = order.of_customer(customer)
        await correction_store.rename(tx, changed)
        email, tickets = order.customer.email, changed.own_tickets
        await self._keep(tx, changed, cause, OrderCustomerChanged, previous_email=email, tickets=tickets)
        return changed

    async def _keep(self, tx: Transaction, changed: Order, cause: Cause, kind: type[OrderEvent], **more: Any) -> None:
        now = self._clock.now()
        await store.update(tx, changed, previous=changed.state, cause=cause, at=now)
        await self._outbox.publish(tx, self._messages.event(kind, changed, at=now, **more))
