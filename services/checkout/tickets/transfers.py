"""Which tickets may be given to somebody else. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from checkout.orders.domain import Order
from checkout.orders.holders import Person
from checkout.tickets.domain import voidable
from checkout.tickets.errors import NoSuchTicket, TicketUsed, TransferredTooOften, WorkshopOver

# Often enough for a friend who can't come either, too seldom for a market.
MOST_TRANSFERS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """What is to be given to whom.

    seats: the numbers of the tickets' seats
    person: who gets them
    """

    seats: tuple[int, ...]
    person: Person

    def done(self, order: Order) -> bool:
        """Whether all of it is that person's already."""
        holders = [order.holder_of(seat) for seat in self.seats]
        return all(holder is not None and holder.is_(self.person) for holder in holders)


def require_transferable(order: Order, transfer: Transfer, *, inside: Collection[int], over: bool) -> None:
    """`inside`: seats on whose tickets somebody is in; `over`: whether the workshop has ended.

    Raises NotVoidable, NoSuchTicket, NoMoreCodes, TicketUsed or WorkshopOver.
    """
    if not transfer.seats:
        raise NoSuchTicket
    voidable(order, transfer.seats)
    if over:
        raise WorkshopOver
    if not set(inside).isdisjoint(transfer.seats):
        raise TicketUsed


def require_theirs(order: Order, transfer: Transfer, *, transfers: int) -> None:
    """Whoever gives has these tickets: of the buyer they were given on 0 times, of a holder as often as the link says.

    `transfers`: how often that is.

    Raises NoSuchTicket or TransferredTooOften.
    """
    if any(order.transfers_of(seat) != transfers for seat in transfer.seats):
        raise NoSuchTicket
    if transfers >= MOST_TRANSFERS:
        raise TransferredTooOften
