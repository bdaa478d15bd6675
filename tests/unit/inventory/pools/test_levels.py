from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.pools.levels import Crossing, Level, city_threshold, crossing, default_thresholds, is_low, level_of

GA = default_thresholds("ga")
VIP = default_thresholds("vip")

seats = st.integers(0, 200)
lists = st.lists(st.integers(0, 60), max_size=8)


@pytest.mark.proves("I-9")
def test_the_defaults_are_those_of_the_specification() -> None:
    assert sorted(GA, reverse=True) == [25, 15, 10, 9, 5, 2, 0]
    assert sorted(VIP, reverse=True) == [10, 5, 3, 2, 1, 0]
    assert default_thresholds("balcony") == GA


@pytest.mark.proves("A-3")
def test_each_threshold_has_the_level_of_its_step() -> None:
    assert [level_of("ga", step) for step in (25, 15, 10, 9, 5, 2, 0)] == [
        Level.INFO,
        Level.INFO,
        Level.LOW,
        Level.LOW,
        Level.CRITICAL,
        Level.CRITICAL,
        Level.SOLD_OUT,
    ]
    assert [level_of("vip", step) for step in (10, 5, 3, 2, 1, 0)] == [
        Level.INFO,
        Level.LOW,
        Level.LOW,
        Level.CRITICAL,
        Level.CRITICAL,
        Level.SOLD_OUT,
    ]
    assert [level_of("ga", step) for step in (100, 12, 7, 3, 1)] == [
        Level.INFO,
        Level.INFO,
        Level.LOW,
        Level.CRITICAL,
        Level.CRITICAL,
    ]


@pytest.mark.proves("I-9")
def test_a_change_that_crosses_several_announces_the_lowest_and_names_the_others() -> None:
    assert crossing(GA, before=26, after=26) is None
    assert crossing(GA, before=26, after=25) == Crossing(25, ())
    assert crossing(GA, before=25, after=24) is None
    assert crossing(GA, before=16, after=5) == Crossing(5, (9, 10, 15))
    assert crossing(GA, before=3, after=0) == Crossing(0, (2,))


@pytest.mark.proves("I-9")
@given(lists, st.lists(seats, min_size=2, max_size=40))
def test_a_threshold_is_announced_again_only_after_the_level_has_risen_above_it(
    thresholds: list[int], path: list[int]
) -> None:
    armed = {threshold for threshold in thresholds if path[0] > threshold}
    for before, after in pairwise(path):
        found = crossing(thresholds, before=before, after=after)
        announced = {found.threshold, *found.also_crossed} if found else set()
        assert announced == {threshold for threshold in armed if after <= threshold}
        armed = (armed - announced) | {threshold for threshold in thresholds if after > threshold}


@pytest.mark.proves("I-9")
@given(lists, seats, seats)
def test_what_rises_crosses_nothing(thresholds: list[int], first: int, second: int) -> None:
    assert crossing(thresholds, before=min(first, second), after=max(first, second)) is None


@pytest.mark.proves("I-9")
@given(st.integers(0, 100_000))
def test_a_city_is_nearly_sold_out_at_ten_percent(limit: int) -> None:
    threshold = city_threshold(limit)
    assert threshold * 10 <= limit < (threshold + 1) * 10


@pytest.mark.proves("I-1")
def test_low_begins_where_a_3_says_low() -> None:
    assert not is_low("ga", GA, 11)
    assert is_low("ga", GA, 10)
    assert not is_low("vip", VIP, 6)
    assert is_low("vip", VIP, 5)
