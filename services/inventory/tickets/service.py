"""Tickets of paid orders: their codes are checked, then they are issued and made void (I-3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Reader, Transaction
from chassis.errors import Dead
from chassis.paging import page_of
from chassis.tickets import TicketInvalid, TicketVerifier
from events import OrderPaid
from inventory.tickets import store
from inventory.tickets.domain import Place, SoldSeat, Ticket


def signed_seats(verifier: TicketVerifier, paid: OrderPaid) -> list[Ticket]:
    """The tickets of a paid order, not placed yet; `Dead` unless each seat has one code that checkout signed for it."""
    seats = {seat.seat: seat for seat in paid.seats}
    if len(paid.tickets) != len(seats) or {ticket.seat for ticket in paid.tickets} != set(seats):
        raise Dead(f"order {paid.order_id} has {len(seats)} seats and {len(paid.tickets)} ticket codes")
    for ticket in paid.tickets:
        try:
            claims = verifier.verify(ticket.code)
        except TicketInvalid:
            raise Dead(f"order {paid.order_id}: the code of seat {ticket.seat} is not signed by a known key") from None
        if (
            claims.order_id != paid.order_id
            or claims.seat != ticket.seat
            or not claims.is_for(seats[ticket.seat].city_id)
        ):
            raise Dead(f"order {paid.order_id}: the code of seat {ticket.seat} is for another seat")
    return [
        Ticket(
            order_id=paid.order_id,
            seat=ticket.seat,
            city_id=seats[ticket.seat].city_id,
            tier=seats[ticket.seat].tier,
            code=ticket.code,
            order_number=paid.number,
        )
        for ticket in sorted(paid.tickets, key=lambda ticket: ticket.seat)
    ]


async def of_orders(reader: Reader, order_ids: Collection[UUID]) -> list[Ticket]:
    return await store.of_orders(reader, order_ids) if order_ids else []


async def save(tx: Transaction, *, new: Sequence[Ticket], changed: Sequence[Ticket], at: datetime) -> None:
    """Issues and changes tickets; their cities' rows are locked."""
    if new:
        await store.insert(tx, new, at=at)
    if changed:
        await store.update(tx, changed, at=at)


async def sold_seats(
    reader: Reader,
    *,
    city_id: str | None,
    tier: str | None,
    place: Place | None,
    after: tuple[UUID, int] | None,
    limit: int,
) -> tuple[list[SoldSeat], str | None]:
    """A page by order and seat, and the cursor of the next one, when there is one."""
    return await page_of(
        lambda most: store.page(reader, city_id=city_id, tier=tier, place=place, after=after, limit=most),
        limit=limit,
        cursor=lambda row: f"{row.ticket.order_id}/{row.ticket.seat}",
    )
