"""Which tickets of an order are made void. Pure."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from chassis.tickets import MOST_ISSUES, issue_of
from checkout.orders.domain import Order
from checkout.orders.states import WITH_TICKETS
from checkout.tickets.errors import NoMoreCodes, NoSuchTicket, NotVoidable
from events import SeatState


class TicketAction(StrEnum):
    """What a person does to tickets, as the audit names it."""

    VOIDED = "tickets_voided"


def voidable(order: Order, seats: Collection[int]) -> tuple[int, ...]:
    """These seats, or all that have a ticket. Raises NotVoidable, NoSuchTicket or NoMoreCodes."""
    if order.state not in WITH_TICKETS:
        raise NotVoidable
    good = {seat.seat for seat in order.seats if seat.state == SeatState.SOLD}
    if not good.issuperset(seats):
        raise NoSuchTicket
    chosen = tuple(sorted(seats or good))
    if any(issue_of(ticket.code) >= MOST_ISSUES for ticket in order.tickets if ticket.seat in chosen):
        raise NoMoreCodes
    return chosen
