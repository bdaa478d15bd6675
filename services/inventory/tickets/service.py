"""Tickets of paid orders: their codes are checked, then they are issued and made void (I-3)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from chassis.database import Reader, Transaction
from chassis.errors import Dead
from chassis.paging import page_of
from chassis.tickets import TicketInvalid, TicketVerifier
from events import OrderEvent, OrderPaid, OrderSeatsMoved, OrderTicketsReplaced, OrderTicketsTransferred, TicketCode
from inventory.tickets import store
from inventory.tickets.domain import Place, SoldSeat, Ticket


def paid_seats(verifier: TicketVerifier, paid: OrderPaid) -> list[Ticket]:
    """The tickets of a paid order, not placed yet; `Dead` unless each seat has one code that checkout signed for it."""
    return _signed_seats(verifier, paid, paid.tickets, of=[seat.seat for seat in paid.seats])


def moved_seats(verifier: TicketVerifier, moved: OrderSeatsMoved) -> list[Ticket]:
    """The new tickets of seats that were moved, as `paid_seats`."""
    return _signed_seats(verifier, moved, moved.tickets, of=moved.moved_seats)


def replaced_tickets(
    verifier: TicketVerifier, replaced: OrderTicketsReplaced | OrderTicketsTransferred
) -> list[Ticket]:
    """The new tickets of seats whose old ones are void, as `paid_seats`."""
    return _signed_seats(verifier, replaced, replaced.tickets, of=[ticket.seat for ticket in replaced.tickets])


def _signed_seats(
    verifier: TicketVerifier, order: OrderEvent, codes: Sequence[TicketCode], *, of: Collection[int]
) -> list[Ticket]:
    seats = {seat.seat: seat for seat in order.seats}
    if sorted(each.seat for each in codes) != sorted(of) or not seats.keys() >= set(of):
        raise Dead(f"order {order.order_id} has {len(of)} seats and {len(codes)} ticket codes")
    for each in codes:
        _require_signed(verifier, order, each, city_id=seats[each.seat].city_id)
    return [
        Ticket(
            order_id=order.order_id,
            seat=each.seat,
            city_id=seats[each.seat].city_id,
            tier=seats[each.seat].tier,
            code=each.code,
            order_number=order.number,
        )
        for each in sorted(codes, key=lambda each: each.seat)
    ]


def _require_signed(verifier: TicketVerifier, order: OrderEvent, told: TicketCode, *, city_id: str) -> None:
    try:
        claims = verifier.verify(told.code)
    except TicketInvalid:
        raise Dead(f"order {order.order_id}: the code of seat {told.seat} is not signed by a known key") from None
    if claims.order_id != order.order_id or claims.seat != told.seat or not claims.is_for(city_id):
        raise Dead(f"order {order.order_id}: the code of seat {told.seat} is for another seat")


async def of_orders(reader: Reader, order_ids: Collection[UUID]) -> list[Ticket]:
    return await store.of_orders(reader, order_ids) if order_ids else []


async def oversold_in(reader: Reader, city_id: str, tier: str) -> list[Ticket]:
    """The tickets of a pool that no limit has room for, the oldest first."""
    return await store.oversold_in(reader, city_id, tier)


async def save(
    tx: Transaction, *, new: Sequence[Ticket], changed: Sequence[Ticket], superseded: Sequence[Ticket], at: datetime
) -> None:
    """Issues and changes tickets; their cities' rows are locked. Nobody gets in on the code of a `superseded` one."""
    if superseded:
        await store.keep_superseded(tx, superseded, at=at)
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
