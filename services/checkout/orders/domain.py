"""Orders: what was sold to whom, and where that stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from chassis.emails import email_key
from checkout.orders.holders import Holder, Person
from checkout.orders.states import HOLDING, SEATS, allowed
from events import (
    Attribution,
    CancelCause,
    OrderCustomer,
    OrderId,
    OrderLine,
    OrderSeat,
    OrderSource,
    OrderState,
    SeatState,
    TicketCode,
)

FIRST_LINK: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as it stands; as it is made, it is placed and nobody has paid.

    order_id: its id, by which a purchase is repeated safely
    number: 8 characters that people can say and type
    version: grows by one with each change
    state: where it stands
    state_before: what a dispute that is won leads back to
    lines: what is paid for, at which price
    seats: each seat of the lines, and where it stands
    amount: what the buyer pays for all lines, in minor units of `currency`
    discount_total: how much less that is than the list prices
    currency: ISO 4217
    customer: who buys
    member: whether the member's price was asked for and given
    member_verified: whether a roster says so
    discount_code: the code that was used
    business_type: one of the catalogue's list; a figure, no part of the price
    processor: who takes the money, such as `stripe`; None when nobody does
    payment_method: card, bank debit, wallet …, as soon as it is known
    country, region: the payer's, nothing finer
    visitor_id: the visitor of the web client
    attribution: which campaign brought the buyer
    source: where the order comes from
    live_mode: whether real money is paid
    tickets: the signed codes, one a seat, once it is paid
    refunded_amount: given back so far, in minor units
    placed_at: when the buyer asked for it
    promised_until: until when the buyer may pay
    hard_until: until when inventory keeps the seats by itself
    paid_at: when the money was known to be here
    link_issue: of which issue the link to its own page is; those before open it no more
    holders: whom tickets were given to, by seat
    """

    order_id: OrderId
    number: str
    lines: tuple[OrderLine, ...]
    seats: tuple[OrderSeat, ...]
    amount: int
    discount_total: int
    currency: str
    customer: OrderCustomer
    member: bool
    business_type: str
    source: OrderSource
    live_mode: bool
    placed_at: datetime
    promised_until: datetime
    hard_until: datetime
    processor: str | None
    version: int = 1
    state: OrderState = OrderState.PLACED
    state_before: OrderState | None = None
    member_verified: bool = False
    discount_code: str | None = None
    payment_method: str | None = None
    country: str | None = None
    region: str | None = None
    visitor_id: str | None = None
    attribution: Attribution | None = None
    tickets: tuple[TicketCode, ...] = ()
    refunded_amount: int = 0
    paid_at: datetime | None = None
    link_issue: int = FIRST_LINK
    holders: tuple[Holder, ...] = ()

    @property
    def line(self) -> OrderLine:
        """The one line of an order that sells one thing; a purchase does (C-1). ValueError when it has several."""
        (line,) = self.lines
        return line

    @property
    def city_ids(self) -> tuple[str, ...]:
        """The cities of its seats, each once, in the seats' order."""
        return tuple(dict.fromkeys(seat.city_id for seat in self.seats))

    @property
    def all_ended(self) -> bool:
        """Whether every seat was refunded by itself, such as when a refund of all of it has failed later."""
        return bool(self.seats) and all(seat.state == SeatState.REFUNDED for seat in self.seats)

    @property
    def kept_seats(self) -> tuple[OrderSeat, ...]:
        """Those that were not refunded by themselves; all of them when the whole order was."""
        return tuple(seat for seat in self.seats if seat.state != SeatState.REFUNDED) or self.seats

    @property
    def good_tickets(self) -> tuple[TicketCode, ...]:
        """Those that let somebody in."""
        good = {seat.seat for seat in self.seats if seat.state == SeatState.SOLD}
        return tuple(ticket for ticket in self.tickets if ticket.seat in good)

    @property
    def own_tickets(self) -> tuple[TicketCode, ...]:
        """Those of the good ones that the buyer has given to nobody."""
        return tuple(ticket for ticket in self.good_tickets if self.holder_of(ticket.seat) is None)

    def holder_of(self, seat: int) -> Holder | None:
        """Whom the ticket of a seat was given to; None while it is the buyer's."""
        return next((holder for holder in self.holders if holder.seat == seat), None)

    def hold_alive(self, now: datetime) -> bool:
        """Whether inventory still keeps the seats: a pending payment has no end, else until `hard_until`."""
        if self.state is OrderState.PAYMENT_PENDING:
            return True
        return self.state in HOLDING and now < self.hard_until

    def moved(self, target: OrderState) -> Order | None:
        """The order one version on and in that state, its seats with it; None when C-5 does not allow it."""
        if not allowed(self.state, target, before=self.state_before):
            return None
        before = self.state if target is OrderState.DISPUTED else None
        return replace(
            self, state=target, state_before=before, version=self.version + 1, seats=_seats(self.seats, target)
        )

    def refunded(self, total: int, seats: Collection[int]) -> Order:
        """The order with `total` (minor units) given back so far, these seats with it."""
        ended = {"state": SeatState.REFUNDED}
        left = tuple(seat.model_copy(update=ended) if seat.seat in seats else seat for seat in self.seats)
        return replace(self, refunded_amount=total, seats=left)

    def refund_failed(self, amount: int) -> Order:
        """The order one version on, with `amount` (minor units) that did not go back after all; its seats stay.

        While its money is disputed the state before that follows, and what a bank has taken back stays refunded.
        """
        total = max(0, self.refunded_amount - amount)
        target = OrderState.PARTIALLY_REFUNDED if total else OrderState.PAID
        kept = replace(self, refunded_amount=total, version=self.version + 1)
        if self.state is OrderState.DISPUTED:
            return replace(kept, state_before=target)
        taken_back = self.state is OrderState.REFUNDED and self.refunded_amount < self.amount
        moves = not taken_back and allowed(self.state, target, refund_failed=True)
        return replace(kept, state=target) if moves else kept

    def reseated(self, wanted: Reseating, tickets: Iterable[TicketCode]) -> Order:
        """The order one version on, with its seats elsewhere and their new tickets; what was paid stays."""
        there = {"city_id": wanted.city_id, "tier": wanted.tier}
        return replace(
            self.with_tickets(tickets),
            lines=(self.line.model_copy(update={"item_id": wanted.city_id, "tier": wanted.tier}),),
            seats=tuple(seat.model_copy(update=there) if seat.seat in wanted.seats else seat for seat in self.seats),
        )

    def of_customer(self, customer: OrderCustomer) -> Order:
        """The order one version on, of that customer; links to another address end."""
        elsewhere = email_key(customer.email) != email_key(self.customer.email)
        return replace(
            self, version=self.version + 1, customer=customer, link_issue=self.link_issue + (1 if elsewhere else 0)
        )

    def given(self, person: Person, tickets: Iterable[TicketCode]) -> Order:
        """The order one version on, with the seats of these new tickets given to somebody."""
        tickets = tuple(tickets)
        new = {
            ticket.seat: Holder(seat=ticket.seat, person=person, transfers=self.transfers_of(ticket.seat) + 1)
            for ticket in tickets
        }
        kept = {holder.seat: holder for holder in self.holders}
        return replace(self.with_tickets(tickets), holders=tuple(each for _, each in sorted((kept | new).items())))

    def transfers_of(self, seat: int) -> int:
        """How often the ticket of a seat was given on."""
        holder = self.holder_of(seat)
        return holder.transfers if holder else 0

    def with_tickets(self, tickets: Iterable[TicketCode]) -> Order:
        """The order one version on, with new tickets in place of those of their seats, if there were any."""
        all_ = {ticket.seat: ticket for ticket in (*self.tickets, *tickets)}
        return replace(self, version=self.version + 1, tickets=tuple(all_.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reseating:
    """Seats of an order that are to be of another city or tier.

    seats: their numbers
    from_city_id, from_tier: where they are
    city_id, tier: where they are to be
    hold_id: under which id inventory holds the new seats
    """

    seats: tuple[int, ...]
    from_city_id: str
    from_tier: str
    city_id: str
    tier: str
    hold_id: UUID


class Why(StrEnum):
    """Our own reasons for a change of an order; a processor's are the types of its events."""

    PLACED = "placed"
    PAGE_OPENED = "payment_page_opened"
    PAGE_FAILED = CancelCause.PAYMENT_PAGE_FAILED.value
    PAGE_REFUSED = CancelCause.PAYMENT_PAGE_REFUSED.value
    PAGE_NEVER_OPENED = CancelCause.PAYMENT_PAGE_NEVER_OPENED.value
    PROMISE_OVER = "promised_time_over"
    FOUND_AT_PROCESSOR = "found_at_processor"
    GIVEN_BACK = "given_back_by_customer"
    REFUND_REQUESTED = "refund_requested"
    SEATS_MOVED = "seats_moved"
    TICKETS_VOIDED = "tickets_voided"
    TICKETS_REQUESTED = "tickets_requested"
    TICKETS_TRANSFERRED = "tickets_transferred"
    CUSTOMER_CHANGED = "customer_changed"
    NOTHING_TO_PAY = "nothing_to_pay"
    CANCELLED_BY_STAFF = CancelCause.CANCELLED_BY_STAFF.value
    GRANTED = "granted_by_staff"
    RESTORED = "restored_from_events"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Who changed an order and why.

    who: customer, staff, system, or the processor
    why: a code: one of `Why`, or the type of the processor's event
    event_id: the processor's event
    """

    who: str
    why: str
    event_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One change of an order, or one that was refused.

    version: the order's version afterwards
    state_from: the state before; None for its beginning
    state_to: the state afterwards, or the one that was refused
    refused: whether the order stayed as it was
    cause: who changed it, and why
    at: when
    """

    version: int
    state_from: str | None
    state_to: str
    refused: bool
    cause: Cause
    at: datetime


def _seats(seats: tuple[OrderSeat, ...], state: OrderState) -> tuple[OrderSeat, ...]:
    """All seats follow the order, but a seat that was refunded by itself stays so."""
    seat_state = SEATS.get(state)
    if seat_state is None:
        return seats
    kept = SeatState.REFUNDED
    return tuple(seat if seat.state == kept else seat.model_copy(update={"state": seat_state}) for seat in seats)
