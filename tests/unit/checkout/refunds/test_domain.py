"""What may be given back of an order, and out of which payments."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Condition, InvalidRequest
from checkout.orders.domain import Order
from checkout.orders.making import reserved_seats
from checkout.refunds.domain import (
    Payment,
    UnderWay,
    Wanted,
    allocate,
    even_parts,
    left_of,
    seat_prices,
    settle_wish,
)
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
from tests.unit.checkout.samples import NOW, order

pytestmark = pytest.mark.proves("C-7")

NOTHING = UnderWay(amount=0, seats=frozenset())
SEAT, PRICE = 59_900, 119_800


def paid(state: OrderState = OrderState.PAID, *, refunded: tuple[int, ...] = (), **changes: Any) -> Order:
    sold = order(state, **changes)
    seats = tuple(
        seat.model_copy(update={"state": SeatState.REFUNDED if seat.seat in refunded else SeatState.SOLD})
        for seat in sold.seats
    )
    return replace(sold, seats=seats)


def wanted(**changes: Any) -> Wanted:
    return Wanted(**{"return_seats": True, "reason": "ill", **changes})


def payment(left: int, **changes: Any) -> Payment:
    values = {"processor": "stripe", "payment_intent": f"pi_{left}", "amount": left, "refunded": 0, "under_way": 0}
    return Payment(**{**values, "currency": "USD", "surplus": False, "paid_at": NOW, **changes})


@given(st.integers(0, 10**8), st.integers(1, 60), st.sampled_from([1, 10, 100]))
def test_parts_are_even_and_sum_up(amount: int, parts: int, step: int) -> None:
    found = even_parts(amount, parts, step=step)
    assert (len(found), sum(found)) == (parts, amount)
    assert min(found) >= 0
    whole = [*found[:-1], found[-1] - amount % step]
    assert max(whole) - min(whole) <= step
    assert all(part % step == 0 for part in whole)


def test_a_seat_costs_its_part_of_its_own_line() -> None:
    two = order()
    vip = two.line.model_copy(update={"line": 2, "tier": "vip", "quantity": 3, "amount": 100_000})
    lines = (two.line, vip)
    bought = paid(lines=lines, seats=reserved_seats(lines), amount=PRICE + 100_000)
    assert dict(seat_prices(bought)) == {1: SEAT, 2: SEAT, 3: 33_333, 4: 33_333, 5: 33_334}


@pytest.mark.parametrize(
    ("bought", "wish", "under_way", "expected"),
    [
        (paid(), wanted(), NOTHING, (PRICE, (1, 2))),
        (paid(), wanted(seats=(2,)), NOTHING, (SEAT, (2,))),
        (paid(), wanted(seats=(2, 1, 2)), NOTHING, (PRICE, (1, 2))),
        (paid(), wanted(amount=100), NOTHING, (100, ())),
        (paid(), wanted(amount=PRICE), NOTHING, (PRICE, (1, 2))),
        (paid(), wanted(), UnderWay(amount=SEAT, seats=frozenset({1})), (SEAT, (2,))),
        (paid(), wanted(), UnderWay(amount=100, seats=frozenset()), (PRICE - 100, (1, 2))),
        (
            paid(OrderState.PARTIALLY_REFUNDED, refunded=(1,), refunded_amount=SEAT),
            wanted(),
            NOTHING,
            (SEAT, (2,)),
        ),
    ],
)
def test_how_much_goes_back_and_which_seats_end(
    bought: Order, wish: Wanted, under_way: UnderWay, expected: tuple[int, tuple[int, ...]]
) -> None:
    assert settle_wish(bought, wish, under_way, left=left_of(bought, under_way, [payment(PRICE)])) == expected


@pytest.mark.parametrize(
    ("bought", "wish", "under_way", "condition"),
    [
        (order(OrderState.AWAITING_PAYMENT), wanted(), NOTHING, OrderNotPaid),
        (paid(OrderState.DISPUTED), wanted(), NOTHING, OrderInDispute),
        (paid(OrderState.REFUNDED), wanted(), NOTHING, NothingToRefund),
        (paid(), wanted(), UnderWay(amount=PRICE, seats=frozenset({1, 2})), NothingToRefund),
        (paid(), wanted(amount=PRICE + 1), NOTHING, RefundTooLarge),
        (paid(), wanted(seats=(1,)), UnderWay(amount=SEAT + 1, seats=frozenset()), RefundTooLarge),
        (paid(), wanted(seats=(3,)), NOTHING, UnknownSeat),
        (
            paid(OrderState.PARTIALLY_REFUNDED, refunded=(1,), refunded_amount=SEAT),
            wanted(seats=(1,)),
            NOTHING,
            SeatAlreadyRefunded,
        ),
        (paid(), wanted(seats=(1,)), UnderWay(amount=SEAT, seats=frozenset({1})), SeatRefundUnderWay),
        (paid(currency="ISK"), wanted(amount=50), NOTHING, InvalidRequest),
    ],
)
def test_what_cannot_be_given_back(
    bought: Order, wish: Wanted, under_way: UnderWay, condition: type[Condition]
) -> None:
    with pytest.raises(condition):
        settle_wish(bought, wish, under_way, left=left_of(bought, under_way, [payment(PRICE)]))


def test_one_payment_alone_where_one_has_enough() -> None:
    first, second = payment(500), payment(900, surplus=True)
    assert [(part.payment, part.amount) for part in allocate(500, [first, second])] == [(first, 500)]
    assert [(part.payment, part.amount) for part in allocate(501, [first, second])] == [(second, 501)]


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=5), st.integers(1, 5000))
def test_several_together_give_no_more_than_each_has(left: list[int], amount: int) -> None:
    payments = [payment(each, amount=each + 7, refunded=4, under_way=3) for each in left]
    parts = allocate(amount, payments)
    assert sum(part.amount for part in parts) == min(amount, sum(left))
    assert all(0 < part.amount <= part.payment.left for part in parts)


def test_nothing_is_left_of_what_nobody_paid_or_the_bank_has() -> None:
    came = [payment(PRICE)]
    assert left_of(order(OrderState.EXPIRED), NOTHING, came) == 0
    assert left_of(paid(OrderState.REFUNDED), NOTHING, came) == 0
    assert left_of(paid(refunded_amount=100), UnderWay(amount=50, seats=frozenset()), came) == PRICE - 150


def test_no_more_is_left_than_what_came_of_it_still_has() -> None:
    """An order that nobody paid for has nothing; one whose processor gave more back than it told of has less."""
    assert left_of(paid(), NOTHING, []) == 0
    assert left_of(paid(), NOTHING, [payment(PRICE, refunded=10)]) == PRICE - 10
    assert settle_wish(paid(), wanted(), NOTHING, left=PRICE - 10) == (PRICE - 10, (1, 2))
