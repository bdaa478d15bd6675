"""C-5's table."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.orders.domain import Order, customer_kind
from checkout.orders.states import MOVES, SETTLED, allowed
from events import CustomerKind, OrderState, SeatState
from tests.unit.checkout.samples import NOW, order

pytestmark = pytest.mark.proves("C-5")

S = OrderState
TABLE = {
    S.PLACED: {S.AWAITING_PAYMENT, S.CANCELLED, S.EXPIRED},
    S.AWAITING_PAYMENT: {S.PAYMENT_PENDING, S.PAID, S.PAYMENT_FAILED, S.EXPIRED, S.CANCELLED},
    S.PAYMENT_PENDING: {S.PAID, S.PAYMENT_FAILED},
    S.PAYMENT_FAILED: {S.PAID},
    S.EXPIRED: {S.PAID},
    S.CANCELLED: {S.PAID},
    S.PAID: {S.PARTIALLY_REFUNDED, S.REFUNDED, S.DISPUTED},
    S.PARTIALLY_REFUNDED: {S.PARTIALLY_REFUNDED, S.REFUNDED, S.DISPUTED},
}


def test_the_table_is_the_specifications() -> None:
    assert {state: set(MOVES[state]) for state in TABLE} == TABLE
    assert MOVES[S.REFUNDED] == frozenset()


@pytest.mark.parametrize("before", [S.PAID, S.PARTIALLY_REFUNDED])
def test_a_won_dispute_leads_back_and_a_lost_one_to_a_refund(before: OrderState) -> None:
    disputed = order(before).moved(S.DISPUTED)
    assert disputed is not None
    assert {seat.state for seat in disputed.seats} == {SeatState.FROZEN}
    back = disputed.moved(before)
    assert back is not None
    assert back.state is before
    assert {seat.state for seat in back.seats} == {SeatState.SOLD}
    assert disputed.moved(S.PAID if before is S.PARTIALLY_REFUNDED else S.PARTIALLY_REFUNDED) is None
    assert disputed.moved(S.REFUNDED) is not None


@given(targets=st.lists(st.sampled_from(S), max_size=25))
def test_whatever_comes_versions_grow_and_money_is_never_forgotten(targets: list[OrderState]) -> None:
    """Any sequence of wishes: refused ones change nothing, allowed ones count one up, the paid never become unpaid."""
    current: Order = order()
    for target in targets:
        moved = current.moved(target)
        assert (moved is not None) == allowed(current.state, target, before=current.state_before)
        if moved is None:
            continue
        assert moved.version == current.version + 1
        if current.state in SETTLED:
            assert moved.state in SETTLED
        current = moved


def test_a_hold_lives_to_its_end_and_for_ever_while_a_payment_is_pending() -> None:
    later = NOW + timedelta(days=3)
    assert order(S.AWAITING_PAYMENT).hold_alive(NOW)
    assert not order(S.AWAITING_PAYMENT).hold_alive(later)
    assert order(S.PAYMENT_PENDING).hold_alive(later)
    assert not order(S.EXPIRED).hold_alive(NOW)


@pytest.mark.proves("C-3")
@pytest.mark.parametrize(
    ("earlier", "as_member", "member", "kind"),
    [
        (0, 0, True, CustomerKind.NEW),
        (1, 0, True, CustomerKind.CONVERTED),
        (2, 1, True, CustomerKind.RETURNING),
        (1, 0, False, CustomerKind.RETURNING),
    ],
)
def test_the_first_member_order_of_an_email_is_a_conversion(
    earlier: int, as_member: int, member: bool, kind: CustomerKind
) -> None:
    assert customer_kind(earlier_orders=earlier, earlier_member_orders=as_member, member=member) is kind
