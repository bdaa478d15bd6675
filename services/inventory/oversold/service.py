"""Oversold seats: whose they are, and who gets a seat as soon as there is one (I-3)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from chassis.database import Reader, Transaction
from chassis.http.lists import write_cursor
from chassis.paging import page_of
from chassis.telemetry import current_traceparent
from events import OrderCustomerChanged, OrderEvent
from inventory.oversold import store
from inventory.oversold.domain import OwedCustomer, OwedPlace, OwedSeats, settle
from inventory.pools.book import Book
from inventory.pools.domain import Cause, ChangeKind
from inventory.pools.service import OWN
from inventory.tickets import service as tickets
from inventory.tickets.domain import Ticket

SEAT_FOUND: Final = "seat_found"


class OversoldSeats:
    """What the pools ask when seats may have come back (`inventory.pools.owed`)."""

    async def note(self, tx: Transaction, book: Book, news: Sequence[OrderEvent]) -> None:
        over = {(change.order_id, change.tier) for change in book.changes if change.kind is ChangeKind.OVERSOLD}
        if over:
            bought: dict[UUID | None, OrderEvent] = {event.order_id: event for event in news}
            owed = [(each.order_id, tier, _customer(each)) for order_id, tier in over if (each := bought.get(order_id))]
            await store.remember(tx, book.city.city_id, owed)
        for each in news:
            if isinstance(each, OrderCustomerChanged):
                await store.rename(tx, each.order_id, _customer(each))

    async def follow(self, tx: Transaction, book: Book) -> None:
        """While a restored database catches up nobody is given a seat: whose it is may not be read yet."""
        for tier, pool in book.city.pools.items():
            if pool.oversold and pool.room > 0 and not book.restoring:
                cause = Cause(actor=OWN, reason=SEAT_FOUND, traceparent=current_traceparent())
                settle(book, tier, await _owed(tx, book, tier), cause)
        over = [(each.order_id, each.tier) for each in book.changes if each.resolved and not each.still_oversold]
        if over:
            await store.forget(tx, book.city.city_id, over)


async def listed(
    reader: Reader, *, city_id: str | None, tier: str | None, after: OwedPlace | None, limit: int
) -> tuple[list[OwedSeats], str | None]:
    """A page, who waits the longest first, and the cursor of the next one, when there is one."""
    return await page_of(
        lambda most: store.page(reader, city_id=city_id, tier=tier, after=after, limit=most),
        limit=limit,
        cursor=lambda owed: write_cursor(owed.since, "/".join((str(owed.order_id), owed.city_id, owed.tier))),
    )


async def _owed(tx: Transaction, book: Book, tier: str) -> list[Ticket]:
    """Who waits the longest first; who was oversold in this very book comes last."""
    city_id = book.city.city_id
    read = await tickets.oversold_in(tx, city_id, tier)
    book.tickets.know(read)
    rank = {ticket.key: number for number, ticket in enumerate(read)}
    return sorted(book.tickets.oversold_in(city_id, tier), key=lambda each: rank.get(each.key, len(read)))


def _customer(order: OrderEvent) -> OwedCustomer:
    bought = order.customer
    return OwedCustomer(
        first_name=bought.first_name, last_name=bought.last_name, email=bought.email, phone=bought.phone
    )
