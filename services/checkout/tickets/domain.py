"""Which tickets of an order are made void. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from chassis.rates import wait_between
from chassis.tickets import MOST_ISSUES, issue_of
from checkout.orders.domain import Cause, HistoryEntry, Order, Why
from checkout.orders.states import WITH_TICKETS
from checkout.tickets.errors import NoMoreCodes, NoSuchTicket, NotVoidable
from events import SeatState

BY_THE_BUYER: Final = Cause(who="customer", why=Why.TICKETS_REQUESTED)
# How often a buyer may have them sent: often enough for a mail that got lost, too seldom to fill anybody's inbox.
ASKED_EVERY: Final = timedelta(minutes=5)
ASKED_WITHIN: Final = timedelta(days=1)
MOST_ASKED: Final = 5


class TicketAction(StrEnum):
    """What a person does to tickets, as the audit names it."""

    VOIDED = "tickets_voided"
    REQUESTED = "tickets_requested"
    TRANSFERRED = "tickets_transferred"


def require_sendable(order: Order) -> None:
    """Raises NotVoidable for an order without a ticket that is good."""
    if order.state not in WITH_TICKETS or not any(seat.state == SeatState.SOLD for seat in order.seats):
        raise NotVoidable


def wait_for_sending(history: Iterable[HistoryEntry], now: datetime) -> timedelta:
    """How long a buyer has to wait until the tickets are sent once more; none when they may be now."""
    asked = [entry.at for entry in history if entry.cause == BY_THE_BUYER]
    return wait_between(asked, now, every=ASKED_EVERY, most=MOST_ASKED, within=ASKED_WITHIN)


def voidable(order: Order, seats: Collection[int]) -> tuple[int, ...]:
    """These seats, or all that have a ticket. Raises NotVoidable, NoSuchTicket or NoMoreCodes."""
    good = {seat.seat for seat in order.seats if seat.state == SeatState.SOLD}
    if order.state not in WITH_TICKETS or not good:
        raise NotVoidable
    if not good.issuperset(seats):
        raise NoSuchTicket
    chosen = tuple(sorted(seats or good))
    if any(issue_of(ticket.code) >= MOST_ISSUES for ticket in order.tickets if ticket.seat in chosen):
        raise NoMoreCodes
    return chosen
