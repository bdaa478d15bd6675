"""When a pass is good, and what its order's state makes of it (C-9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.catalogue.domain import price_of
from checkout.orders.making import line_of_pass
from checkout.passes.domain import Pass, Use, holder_of, next_entry, pass_lines
from checkout.passes.errors import PassEnded, PassExpired, PassFrozen, PassUsedUp
from checkout.tickets.domain import voidable
from checkout.tickets.errors import NotVoidable
from events import OrderDisputed, OrderEvent, OrderState, PassState
from tests.unit.checkout.samples import NOW, a_pass, kind_of_pass, order
from tests.unit.monitor.samples import order_paid

pytestmark = pytest.mark.proves("C-9")

END = NOW + timedelta(days=90)


@pytest.mark.parametrize(
    ("held", "refused"),
    [
        (a_pass(used=10), PassUsedUp),
        (a_pass(valid_until=NOW), PassExpired),
        (a_pass(state=PassState.FROZEN), PassFrozen),
        (a_pass(state=PassState.ENDED, used=10), PassEnded),
    ],
)
def test_what_can_not_be_used_says_why(held: Pass, refused: type[Exception]) -> None:
    assert not held.usable(NOW)
    with pytest.raises(refused):
        held.require_usable(NOW)


def test_a_pass_is_good_until_the_moment_of_its_end() -> None:
    held = a_pass(used=9)
    assert held.usable(END - timedelta(microseconds=1))
    assert not held.usable(END)
    held.require_usable(NOW)
    assert (held.after_use().entries_left, held.after_use().version) == (0, 2)


def test_an_entry_that_is_undone_is_the_next_one_to_be_used() -> None:
    uses = [Use(use_id=str(number), number=number, place="", used_by="door", used_at=NOW) for number in (1, 2, 3)]
    assert (next_entry([]), next_entry(uses)) == (1, 4)
    assert next_entry([uses[0], replace(uses[1], undone_at=NOW), uses[2]]) == 2
    held = a_pass(used=3).after_undo()
    assert (held.entries_left, held.version) == (8, 2)


def told(state: OrderState, version: int) -> OrderEvent:
    paid = order_paid(state=state.value, version=version).model_dump()
    return OrderDisputed(
        **{name: paid[name] for name in OrderDisputed.model_fields if name in paid}, cause="fraudulent"
    )


def test_an_older_word_of_the_order_changes_nothing_and_an_end_lasts_while_the_money_is_back() -> None:
    held = a_pass(order_version=4)
    assert held.following(told(OrderState.DISPUTED, 4)) is None
    frozen = held.following(told(OrderState.DISPUTED, 5))
    assert frozen is not None
    assert (frozen.state, frozen.version) == (PassState.FROZEN, 2)
    ended = frozen.following(told(OrderState.REFUNDED, 6))
    assert ended is not None
    back = ended.following(told(OrderState.PAID, 7))
    assert back is not None
    assert (ended.state, back.state, back.version) == (PassState.ENDED, PassState.ACTIVE, 4)
    assert back.following(told(OrderState.REFUNDED, 6)) is None


def test_passes_are_shown_to_an_address_however_it_is_written() -> None:
    assert holder_of(" Jordan@Example.com") == holder_of("jordan@example.com") != holder_of("j@example.com")


def test_an_order_of_a_pass_has_no_ticket_to_make_void() -> None:
    price = price_of(kind_of_pass(), quantity=1, member=True, code=None)
    sold = replace(order(OrderState.PAID), lines=(line_of_pass(1, kind_of_pass(), price=price),), seats=())
    assert [(line.item_id, line.tier, line.amount) for line in pass_lines(sold)] == [("ten-classes", "", 16200)]
    with pytest.raises(NotVoidable):
        voidable(sold, ())
