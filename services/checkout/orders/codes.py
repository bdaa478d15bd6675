"""Ticket codes of orders: the first ones, and those that take their place."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from chassis.tickets import TicketClaims, TicketSigner, issue_of
from checkout.orders.domain import Order
from events import TicketCode


def first_codes(signer: TicketSigner, order: Order) -> tuple[TicketCode, ...]:
    """One for each seat of an order that has none yet."""
    return tuple(_code(signer, order.order_id, seat.seat, city_id=seat.city_id) for seat in order.seats)


def next_codes(signer: TicketSigner, order: Order, cities: Mapping[int, str]) -> tuple[TicketCode, ...]:
    """The next issue of the tickets of some seats, each for its city."""
    issues = {ticket.seat: issue_of(ticket.code) for ticket in order.tickets}
    return tuple(
        _code(signer, order.order_id, seat, city_id=city_id, issue=issues.get(seat, 0) + 1)
        for seat, city_id in cities.items()
    )


def _code(signer: TicketSigner, order_id: UUID, seat: int, *, city_id: str, issue: int = 1) -> TicketCode:
    claims = TicketClaims.of(order_id, seat=seat, city_id=city_id, issue=issue)
    return TicketCode(seat=seat, code=signer.sign(claims))
