"""Refunds as values, and what may be given back of an order. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Final
from uuid import UUID

from chassis.backoff import doubled
from chassis.currencies import rules_of
from chassis.errors import InvalidRequest
from checkout.orders.domain import Order
from checkout.orders.states import SETTLED
from checkout.payments.domain import amount_text
from checkout.refunds.errors import (
    NothingToRefund,
    OrderInDispute,
    OrderNotPaid,
    RefundTooLarge,
    SeatAlreadyRefunded,
    SeatRefundUnderWay,
    UnknownSeat,
)
from events import OrderState, SeatState

_FIRST_PAUSE: Final = timedelta(seconds=1)
_LONGEST_PAUSE: Final = timedelta(minutes=5)


class RefundAction(StrEnum):
    """What people do, as the audit names it."""

    REQUESTED = "refund_requested"


class RefundCause(StrEnum):
    """Why money is given back."""

    SECOND_CHARGE = "second_charge"
    REQUESTED = "requested"


class RefundState(StrEnum):
    """Where a refund stands.

    due ──► done ──► failed
     └────► refused
    """

    DUE = "due"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money to be given back.

    refund_id: its id, which the processor keeps with it
    processor: who took the money
    payment_intent: the processor's id of the payment
    order_id: the order that was paid
    amount: how much, minor units of `currency`
    currency: ISO 4217, upper case
    cause: why
    tries: how often the processor was asked
    key_number: counts the processor's own failures: it repeats such an answer for as long as the key is the same
    seats: the seats whose tickets end with it
    return_seats: whether these go back on sale
    connection_id: which account of a provider's took the money; None: our own
    """

    refund_id: UUID
    processor: str
    payment_intent: str
    order_id: UUID
    amount: int
    currency: str
    cause: RefundCause
    tries: int = 0
    key_number: int = 1
    seats: tuple[int, ...] = ()
    return_seats: bool = False
    connection_id: int | None = None

    @property
    def idempotency_key(self) -> str:
        """What the processor tells a repeated call by."""
        return f"{self.refund_id}:{self.key_number}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedRefund:
    """A refund as staff see it.

    refund_id: its id
    processor, payment_intent: the payment that it is of
    amount: how much, minor units of `currency`
    currency: ISO 4217, upper case
    cause: why, as a code
    state: where it stands
    seats: the seats whose tickets end with it
    return_seats: whether these go back on sale
    reason: why, in the words of who asked for it
    requested_by: who asked for it; None for one that was due by itself
    tries: how often the processor was asked
    last_error: what stood in the way the last time
    created_at: when it was asked for
    settled_at: when the processor had decided
    """

    refund_id: UUID
    processor: str
    payment_intent: str
    amount: int
    currency: str
    cause: RefundCause
    state: RefundState
    seats: tuple[int, ...]
    return_seats: bool
    reason: str | None
    requested_by: str | None
    tries: int
    last_error: str | None
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """Money that came for an order.

    processor: who took it
    payment_intent: the processor's id of the payment
    amount: what came, minor units of `currency`
    refunded: what went back of it
    under_way: what is due to go back of it
    currency: ISO 4217, upper case
    surplus: whether it came for an order that was paid already
    paid_at: when
    connection_id: which account of a provider's took it; None: our own
    """

    processor: str
    payment_intent: str
    amount: int
    refunded: int
    under_way: int
    currency: str
    surplus: bool
    paid_at: datetime
    connection_id: int | None = None

    @property
    def left(self) -> int:
        """What can still go back of it."""
        return self.amount - self.refunded - self.under_way


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a person asks for: an amount (minor units), or seats, or with neither everything that is left.

    return_seats: whether seats whose tickets end go back on sale
    reason: why, in the person's words
    """

    amount: int | None = None
    seats: tuple[int, ...] = ()
    return_seats: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What goes back of one payment."""

    payment: Payment
    amount: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderWay:
    """What of an order is due to go back already, by people's requests.

    amount: minor units
    seats: whose tickets end with it
    """

    amount: int
    seats: frozenset[int]


def left_of(order: Order, under_way: UnderWay, payments: Sequence[Payment]) -> int:
    """What can still be given back, minor units: of the order's price, and of what came for it."""
    if order.state not in SETTLED or order.state is OrderState.REFUNDED:
        return 0
    of_price = order.amount - order.refunded_amount - under_way.amount
    return max(0, min(of_price, sum(payment.left for payment in payments)))


def settle_wish(order: Order, wanted: Wanted, under_way: UnderWay, *, left: int) -> tuple[int, tuple[int, ...]]:
    """How much goes back, and which seats with it. Raises the conditions of errors.py, and InvalidRequest.

    Whatever gives back all that is left ends the tickets of all seats that are left (C-7).
    """
    _require_refundable(order)
    if left == 0:
        raise NothingToRefund
    seats = _checked(order, wanted.seats, under_way)
    amount = _price_of(order, seats) if seats else wanted.amount or left
    _require_chargeable(amount, order.currency)
    if amount > left:
        raise RefundTooLarge(f"{amount_text(left, order.currency)} can still be given back.", extra={"left": left})
    return amount, _valid_seats(order, under_way) if amount == left else seats


def allocate(amount: int, payments: Sequence[Payment]) -> list[Part]:
    """The payments that it goes back of: one alone where one has enough, the first of these; else the largest first."""
    enough = [payment for payment in payments if payment.left >= amount]
    parts, missing = [], amount
    for payment in enough[:1] or sorted(payments, key=lambda each: -each.left):
        part = min(missing, payment.left)
        if part > 0:
            parts.append(Part(payment=payment, amount=part))
            missing -= part
    return parts


def seat_prices(order: Order) -> Mapping[int, int]:
    """What each seat was paid with, minor units: its part of its line. The seats of a line sum up to it exactly."""
    prices: dict[int, int] = {}
    step = rules_of(order.currency).step
    for line in order.lines:
        seats = [seat.seat for seat in order.seats if seat.line == line.line]
        prices |= zip(seats, even_parts(line.amount, len(seats), step=step), strict=True)
    return prices


def even_parts(amount: int, parts: int, *, step: int = 1) -> list[int]:
    """An amount in parts that differ by a step at most, and sum up to it; what is below a step is the last one's."""
    steps = amount // step
    ends = [steps * part // parts * step for part in range(parts)] + [amount]
    return [end - begin for begin, end in pairwise(ends)]


def pause_after(tries: int) -> timedelta:
    """How long a refund rests after a call that brought no decision: 2 s, doubling, 5 min at most."""
    return doubled(_FIRST_PAUSE, tries, longest=_LONGEST_PAUSE)


def _require_refundable(order: Order) -> None:
    if order.state not in SETTLED:
        raise OrderNotPaid
    if order.state is OrderState.DISPUTED:
        raise OrderInDispute


def _checked(order: Order, seats: Iterable[int], under_way: UnderWay) -> tuple[int, ...]:
    states = {seat.seat: seat.state for seat in order.seats}
    wanted = tuple(sorted(set(seats)))
    for seat in wanted:
        if states.get(seat) == SeatState.REFUNDED:
            raise SeatAlreadyRefunded(f"Seat {seat} was refunded already.")
        if states.get(seat) != SeatState.SOLD:
            raise UnknownSeat(f"The order has no seat {seat} that can be refunded.")
        if seat in under_way.seats:
            raise SeatRefundUnderWay(f"The refund of seat {seat} is under way.")
    return wanted


def _valid_seats(order: Order, under_way: UnderWay) -> tuple[int, ...]:
    valid = (seat.seat for seat in order.seats if seat.state == SeatState.SOLD)
    return tuple(sorted(seat for seat in valid if seat not in under_way.seats))


def _price_of(order: Order, seats: Collection[int]) -> int:
    prices = seat_prices(order)
    return sum(prices[seat] for seat in seats)


def _require_chargeable(amount: int, currency: str) -> None:
    step = rules_of(currency).step
    if amount % step:
        raise InvalidRequest(fields={"amount": f"Amounts in {currency} go in steps of {step}."})
