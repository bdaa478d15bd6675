"""How limits may change, without a database."""

from __future__ import annotations

import pytest

from inventory.limits.domain import (
    Limits,
    begun_again,
    expanded,
    require_amount,
    require_authorized,
    shrunk,
)
from inventory.limits.errors import InvalidAuthorization, InvalidExpansionAmount, SeatsTaken
from inventory.pools.domain import Pool

pytestmark = pytest.mark.proves("I-8")

ANN = "ann@example.com"


def pool(public: int, actual: int, *, held: int = 0, sold: int = 0, spare_sold: int = 0, oversold: int = 0) -> Pool:
    return Pool(
        tier="ga",
        public_limit=public,
        actual_limit=actual,
        held=held,
        sold=sold,
        spare_sold=spare_sold,
        oversold=oversold,
    )


def test_more_seats_are_for_the_room_and_on_the_pages_when_that_is_asked_for() -> None:
    assert expanded(pool(5, 9, sold=5), 3, public=False) == pool(5, 12, sold=5)
    assert expanded(pool(5, 9, sold=5), 3, public=True) == pool(8, 12, sold=5)


@pytest.mark.parametrize(
    ("found", "spots", "public", "left"),
    [
        (pool(5, 9), 4, False, pool(5, 5)),
        (pool(5, 9), 6, False, pool(3, 3)),
        (pool(5, 9), 3, True, pool(2, 6)),
        (pool(5, 9, held=1, sold=6, spare_sold=2), 2, False, pool(5, 7, held=1, sold=6, spare_sold=2)),
    ],
)
def test_fewer_seats_leave_the_limits_in_order(found: Pool, spots: int, public: bool, left: Pool) -> None:
    assert shrunk(found, spots, public=public) == left


@pytest.mark.parametrize(
    ("found", "spots", "public"),
    [
        (pool(5, 9), 10, False),
        (pool(5, 9), 6, True),
        (pool(5, 9, held=2, sold=6, spare_sold=3), 2, False),
        (pool(5, 9, held=2, sold=3), 1, True),
        (pool(5, 9, sold=9, spare_sold=4, oversold=1), 1, False),
        (pool(5, 9, sold=8, spare_sold=3, oversold=1), 1, False),
    ],
)
def test_no_seat_is_taken_away_that_is_sold_held_or_owed(found: Pool, spots: int, public: bool) -> None:
    with pytest.raises(SeatsTaken):
        shrunk(found, spots, public=public)


def test_a_reset_leads_to_the_catalogues_limits_and_leaves_what_is_sold() -> None:
    starting = Limits(public=4, actual=8)
    assert begun_again(pool(9, 20, held=1, sold=3), starting) == pool(4, 8, held=1, sold=3)
    assert begun_again(pool(2, 2, sold=2, oversold=1), starting) == pool(4, 8, sold=2, oversold=1)
    with pytest.raises(SeatsTaken):
        begun_again(pool(9, 20, held=2, sold=3), starting)


@pytest.mark.parametrize(
    ("authorized_by", "caller"),
    [
        (ANN, "pat@example.com"),
        ("ann@example.com.example.org", "ann@example.com.example.org"),
        ("ann@sub.example.com", "ann@sub.example.com"),
        ("ann@notexample.com", "ann@notexample.com"),
        ("example.com", "example.com"),
        ("", ""),
    ],
)
def test_only_the_caller_of_an_allowed_domain_may(authorized_by: str, caller: str) -> None:
    require_authorized(ANN, caller="Ann@Example.com", domains=("example.org", "example.com"))
    with pytest.raises(InvalidAuthorization):
        require_authorized(authorized_by, caller=caller, domains=("example.com",))
    with pytest.raises(InvalidAuthorization):
        require_authorized(ANN, caller=ANN, domains=())


@pytest.mark.parametrize("spots", [-1, 0, 51])
def test_one_request_opens_1_to_50_seats(spots: int) -> None:
    for fine in (1, 50):
        require_amount(fine)
    with pytest.raises(InvalidExpansionAmount):
        require_amount(spots)
