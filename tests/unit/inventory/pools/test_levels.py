from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import PoolStatus, StockLevel, StockLevels, Threshold, is_low, load, pool_status
from inventory.pools.domain import Pool
from inventory.pools.levels import crossing, may_delay

LEVELS: StockLevels = load("deploy/config").stock_levels
GA = LEVELS.thresholds("ga")
VIP = LEVELS.thresholds("vip")

seats = st.integers(0, 200)
lists = st.lists(st.integers(0, 60), max_size=8).map(lambda found: LEVELS.thresholds("ga", tuple(found)))


def crossed(thresholds: tuple[Threshold, ...], *, before: int, after: int) -> tuple[int, tuple[int, ...]] | None:
    found = crossing(thresholds, before=before, after=after)
    return (found.threshold.seats, found.also_crossed) if found else None


@pytest.mark.proves("I-9")
def test_a_change_that_crosses_several_announces_the_lowest_and_names_the_others() -> None:
    assert crossed(GA, before=26, after=26) is None
    assert crossed(GA, before=26, after=25) == (25, ())
    assert crossed(GA, before=25, after=24) is None
    assert crossed(GA, before=16, after=5) == (5, (9, 10, 15))
    assert crossed(GA, before=3, after=0) == (0, (2,))


@pytest.mark.proves("I-9")
@given(lists, st.lists(seats, min_size=2, max_size=40))
def test_a_threshold_is_announced_again_only_after_the_level_has_risen_above_it(
    thresholds: tuple[Threshold, ...], path: list[int]
) -> None:
    numbers = {each.seats for each in thresholds}
    armed = {number for number in numbers if path[0] > number}
    for before, after in pairwise(path):
        found = crossed(thresholds, before=before, after=after)
        announced = {found[0], *found[1]} if found else set()
        assert announced == {number for number in armed if after <= number}
        armed = (armed - announced) | {number for number in numbers if after > number}


@pytest.mark.proves("I-9")
@given(lists, seats, seats)
def test_what_rises_crosses_nothing(thresholds: tuple[Threshold, ...], first: int, second: int) -> None:
    assert crossing(thresholds, before=min(first, second), after=max(first, second)) is None


@pytest.mark.proves("I-9")
@given(st.integers(0, 100_000))
def test_a_city_is_nearly_sold_out_at_ten_percent(limit: int) -> None:
    threshold = LEVELS.city.threshold(limit)
    assert threshold.seats * 10 <= limit < (threshold.seats + 1) * 10
    assert threshold.level is StockLevel.LOW


@pytest.mark.proves("I-1")
def test_low_begins_where_the_levels_say_low() -> None:
    assert not is_low(GA, 11)
    assert is_low(GA, 10)
    assert not is_low(VIP, 6)
    assert is_low(VIP, 5)


@pytest.mark.proves("X-5")
@pytest.mark.parametrize(
    ("pool", "quantity", "allowed"),
    [
        (Pool(tier="ga", public_limit=100, actual_limit=100), 20, True),
        (Pool(tier="ga", public_limit=100, actual_limit=100), 21, False),
        (Pool(tier="ga", public_limit=100, actual_limit=100, held=50, delayable=18), 2, True),
        (Pool(tier="ga", public_limit=100, actual_limit=100, held=50, delayable=19), 2, False),
        (Pool(tier="ga", public_limit=100, actual_limit=100, sold=87), 2, True),
        (Pool(tier="ga", public_limit=100, actual_limit=100, sold=87), 3, False),
    ],
)
def test_a_share_of_a_pool_may_be_paid_later_and_nothing_of_one_that_is_low(
    pool: Pool, quantity: int, allowed: bool
) -> None:
    assert may_delay(GA, pool, quantity, percent=20) is allowed
    assert not may_delay(GA, pool, quantity, percent=0)


@pytest.mark.proves("I-1")
def test_a_pool_is_shown_as_closed_before_anything_else() -> None:
    shown = [pool_status(GA, left, on_sale=True) for left in (11, 10, 0)]
    assert shown == [PoolStatus.AVAILABLE, PoolStatus.LOW, PoolStatus.SOLD_OUT]
    assert pool_status(GA, 0, on_sale=False) is PoolStatus.CLOSED


def test_the_level_of_so_many_seats_is_that_of_the_step_around_them() -> None:
    assert [LEVELS.level("ga", left) for left in (26, 25, 7, 5, 0)] == [None, "INFO", "LOW", "CRITICAL", "SOLD OUT"]
    assert LEVELS.level("ga", 3, (4, 1)) == StockLevel.CRITICAL
    assert [LEVELS.highest("vip", level) for level in (StockLevel.LOW, StockLevel.CRITICAL)] == [5, 2]
