"""How fast tickets sell, and when it is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import TEST_EPOCH
from monitor.figures.velocity import CityVelocity, Velocity, per_hour

NOW = TEST_EPOCH.replace(minute=0, second=0, microsecond=0) + timedelta(minutes=30)


def hours_ago(hours: int) -> datetime:
    return NOW.replace(minute=0) - timedelta(hours=hours)


@pytest.mark.proves("I-12")
@given(pace=st.integers(1, 40))
def test_an_even_pace_gives_just_that_pace(pace: int) -> None:
    even = [(hours_ago(back), pace * (2 if back else 1)) for back in range(25)]
    assert per_hour(even, now=NOW) == pytest.approx(2 * pace, rel=0.03)


@pytest.mark.proves("I-12")
def test_a_sale_weighs_less_and_less_and_never_drops_out() -> None:
    figures = [per_hour([(hours_ago(0), 12)], now=NOW + timedelta(hours=later)) for later in range(26)]
    assert all(before >= after for before, after in pairwise(figures))
    assert max(before - after for before, after in pairwise(figures)) <= 2 * 12 / 24 / 24 + 0.0001
    assert (figures[0] > 0.9, figures[-1]) == (True, 0)


@pytest.mark.proves("I-12")
def test_what_sells_nothing_has_no_end_and_what_is_left_divided_by_the_pace_is_one() -> None:
    still, fast = Velocity(0, 30), Velocity(2.0, 30)
    assert (still.hours_left, still.soon) == (None, False)
    assert (fast.hours_left, fast.soon) == (15, True)
    assert not Velocity(0.625, 30).soon, "48 hours are not below 48"
    assert CityVelocity({"ga": still, "vip": fast}).whole == Velocity(2.0, 60)
