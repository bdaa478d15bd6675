"""Which tickets may be given to somebody else (C-6)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chassis.errors import Condition
from chassis.keys import SigningKey
from checkout.orders.domain import Order
from checkout.orders.holders import Holder, Person
from checkout.orders.states import SEATS
from checkout.orders.tokens import OrderTokens
from checkout.tickets.errors import NoSuchTicket, NotVoidable, TicketUsed, TransferredTooOften, WorkshopOver
from checkout.tickets.transfers import MOST_TRANSFERS, Transfer, require_theirs, require_transferable
from events import OrderState, TicketCode
from tests.unit.checkout.samples import order

pytestmark = pytest.mark.proves("C-6")

ROBIN = Person(first_name="Robin", last_name="Hale", email="robin@example.com")
SAM = Person(first_name="Sam", last_name="Cole", email="sam@example.com")
CODE = "FH1:" + "0" * 135


def paid(state: OrderState = OrderState.PAID) -> Order:
    """Of two seats."""
    made = order(state)
    seats = tuple(seat.model_copy(update={"state": SEATS[state]}) for seat in made.seats)
    return replace(made, seats=seats, tickets=tuple(TicketCode(seat=seat.seat, code=CODE) for seat in seats))


def given(transfers: int = 1) -> Order:
    """Its second ticket is Robin's."""
    return replace(paid(), holders=(Holder(seat=2, person=ROBIN, transfers=transfers),))


def to(person: Person, *seats: int) -> Transfer:
    return Transfer(seats=seats, person=person)


@pytest.mark.parametrize(
    ("of", "seats", "facts", "refused"),
    [
        (paid(), (1, 2), {}, None),
        (paid(), (1,), {"inside": {2}}, None),
        (paid(), (), {}, NoSuchTicket),
        (paid(), (3,), {}, NoSuchTicket),
        (paid().refunded(59_900, [2]), (2,), {}, NoSuchTicket),
        (paid(), (1, 2), {"inside": {2}}, TicketUsed),
        (paid(), (1,), {"over": True}, WorkshopOver),
        (paid(OrderState.DISPUTED), (1,), {}, NotVoidable),
        (paid(OrderState.REFUNDED), (1,), {}, NotVoidable),
        (order(), (1,), {}, NotVoidable),
    ],
)
def test_only_a_good_ticket_that_nobody_has_used_is_given(
    of: Order, seats: tuple[int, ...], facts: dict[str, Any], refused: type[Condition] | None
) -> None:
    asked = {"inside": frozenset(), "over": False, **facts}
    if refused is None:
        require_transferable(of, to(ROBIN, *seats), **asked)
        return
    with pytest.raises(refused):
        require_transferable(of, to(ROBIN, *seats), **asked)


def test_each_gives_what_they_have_and_nobody_what_they_gave() -> None:
    require_theirs(given(), to(SAM, 1), transfers=0)
    require_theirs(given(2), to(SAM, 2), transfers=2)
    for theirs, transfers in (((2,), 0), ((1, 2), 0), ((2,), 2), ((1,), 1)):
        with pytest.raises(NoSuchTicket):
            require_theirs(given(), to(SAM, *theirs), transfers=transfers)
    with pytest.raises(TransferredTooOften):
        require_theirs(given(MOST_TRANSFERS), to(SAM, 2), transfers=MOST_TRANSFERS)


def test_who_has_it_is_known_and_the_link_before_ends() -> None:
    tokens = OrderTokens([SigningKey.generate("t1")], public_url="https://tickets.example.com")
    first = paid().given(ROBIN, [TicketCode(seat=2, code=CODE)])
    second = first.given(SAM, [TicketCode(seat=2, code=CODE)])
    assert (to(ROBIN, 2).done(first), to(ROBIN, 2).done(second), to(ROBIN, 1, 2).done(first)) == (True, False, False)
    assert [each.seat for each in second.own_tickets] == [1]
    (robin,), (sam,) = first.holders, second.holders
    assert (sam.person, sam.transfers) == (SAM, 2)
    token = tokens.ticket_page(first, robin).partition("token=")[2]
    assert tokens.opens_ticket(first, robin, token)
    for holder in (sam, replace(robin, seat=1)):
        assert not tokens.opens_ticket(second, holder, token)
    assert not tokens.accepts(first.order_id, token, issue=1)
