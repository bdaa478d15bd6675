"""Which tickets can be made anew, and what is said of the others (I-11, C-13)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest

from chassis.errors import Condition
from chassis.keys import SigningKey
from chassis.tickets import MOST_ISSUES, TicketClaims, TicketSigner
from checkout.orders.domain import Order
from checkout.tickets.domain import voidable
from checkout.tickets.errors import NoMoreCodes, NoSuchTicket, NotVoidable
from events import OrderState, TicketCode
from tests.unit.checkout.samples import order

pytestmark = [pytest.mark.proves("I-11", "C-13")]

SIGNER = TicketSigner(SigningKey.generate("t1"))


def issued(issue: int, state: OrderState = OrderState.PAID) -> Order:
    """An order whose tickets are of that issue."""
    given = order(state)
    claims = (
        TicketClaims.of(given.order_id, seat=seat.seat, city_id=seat.city_id, issue=issue) for seat in given.seats
    )
    return replace(given, tickets=tuple(TicketCode(seat=each.seat, code=SIGNER.sign(each)) for each in claims))


def test_all_of_them_or_those_that_are_named() -> None:
    assert (voidable(issued(1), []), voidable(issued(1), [2])) == ((1, 2), (2,))


@pytest.mark.parametrize(
    ("given", "seats", "refused"),
    [
        (issued(1, OrderState.AWAITING_PAYMENT), [], NotVoidable),
        (issued(1, OrderState.DISPUTED), [], NotVoidable),
        (issued(1, OrderState.REFUNDED), [1], NotVoidable),
        (issued(1), [3], NoSuchTicket),
        (issued(MOST_ISSUES), [1], NoMoreCodes),
    ],
    ids=["unpaid", "disputed", "refunded", "unknown seat", "last issue"],
)
def test_what_can_not_be_is_refused_with_its_code(
    given: Order, seats: Collection[int], refused: type[Condition]
) -> None:
    with pytest.raises(refused):
        voidable(given, seats)
