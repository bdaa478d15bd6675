"""What staff's pages of orders say, and how what is typed into the search is meant (C-6)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checkout.orders.list_store import OrderFilters
from checkout.orders.models import order_out
from checkout.orders.states import MOVES
from checkout.staff.order_list_views import STATES, OrderSearch, seats_text
from events import OrderState
from tests.unit.checkout.samples import order
from tests.unit.pages.order_states import full_view

pytestmark = pytest.mark.proves("C-6", "W-2")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", OrderFilters()),
        ("7k3m-2qxd", OrderFilters(number="7K3M2QXD")),
        ("jordan@example.com", OrderFilters(email="jordan@example.com")),
        ("Jordan Ellis", OrderFilters(name="Jordan Ellis")),
        ("Ellis", OrderFilters(name="Ellis")),
    ],
)
def test_one_field_takes_numbers_addresses_and_names(typed: str, meant: OrderFilters) -> None:
    assert OrderSearch(text=typed).filters() == meant


def test_a_search_is_an_address_that_can_be_kept() -> None:
    search = OrderSearch(text="Ellis", state=OrderState.PAID, city_id="dallas")
    assert search.address(cursor="c1") == "/staff/orders?text=Ellis&city=dallas&state=paid&cursor=c1"
    assert search.file() == "/api/orders.csv?name=Ellis&status=paid&cityId=dallas"
    assert OrderSearch().address() == "/staff/orders"


def test_every_state_has_a_word() -> None:
    assert set(STATES) == set(MOVES)


def test_an_order_without_seats_says_what_it_is_of() -> None:
    shown = order_out(replace(order(), seats=()), codes=False, personal=True)
    assert seats_text(shown) == "2 dallas-jan-2027"


def test_money_is_told_in_the_order_in_which_it_moved() -> None:
    view = full_view()
    assert [(row.word, row.amount) for row in view.money if not row.word.startswith("Page")] == [
        ("No page: not attempted", ""),
        ("Came", "$1,234,567.89"),
        ("Came twice", "$1,234,567.89"),
        ("Given back", "−$599.00"),
        ("Refused", "−$599.00"),
        ("Came back to us", "−$599.00"),
        ("On its way", "−$599.00"),
        ("Declined", ""),
        ("Disputed", ""),
    ]
    (twice,) = (row.more for row in view.money if row.word == "Came twice")
    assert twice.startswith("The provider’s own account, connection 1234")
    assert [(seat, word) for seat, _, _, _, word in view.seats] == [(1, "Good"), (2, "Refunded")]
    assert view.history[-1].word == "Refused: paid"
