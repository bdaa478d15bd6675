"""C-5's table."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.orders.domain import Order
from checkout.orders.making import customer_kind
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
BY_FAILED_REFUNDS = {S.PARTIALLY_REFUNDED: {S.PAID}, S.REFUNDED: {S.PAID, S.PARTIALLY_REFUNDED}}


def test_the_table_is_the_specifications() -> None:
    allowed_by_itself = {state: {to for to in MOVES[state] if allowed(state, to)} for state in TABLE}
    assert allowed_by_itself == TABLE
    assert not any(allowed(S.REFUNDED, to) for to in S)
    more = {state: set(MOVES[state]) - TABLE.get(state, set()) for state in BY_FAILED_REFUNDS}
    assert more == BY_FAILED_REFUNDS


@pytest.mark.parametrize(
    ("state", "before", "back", "failed", "becomes", "before_then"),
    [
        (S.REFUNDED, None, 1_000, 1_000, S.PAID, None),
        (S.REFUNDED, None, 1_000, 400, S.PARTIALLY_REFUNDED, None),
        (S.PARTIALLY_REFUNDED, None, 700, 400, S.PARTIALLY_REFUNDED, None),
        (S.PARTIALLY_REFUNDED, None, 400, 400, S.PAID, None),
        (S.DISPUTED, S.PARTIALLY_REFUNDED, 400, 400, S.DISPUTED, S.PAID),
        (S.REFUNDED, None, 400, 400, S.REFUNDED, None),  # the rest went with a dispute that was lost
    ],
)
def test_a_refund_that_fails_later_leads_back_to_what_the_others_give(
    state: OrderState, before: OrderState | None, back: int, failed: int, becomes: OrderState, before_then: OrderState
) -> None:
    was = replace(order(state), amount=1_000, refunded_amount=back, state_before=before)
    now = was.refund_failed(failed)
    assert (now.state, now.state_before, now.refunded_amount) == (becomes, before_then, back - failed)
    assert (now.version, now.seats) == (was.version + 1, was.seats)


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
