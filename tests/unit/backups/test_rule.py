"""Which backups are kept: the newest of so many days, weeks and months of the business."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backups.rule import Keeping, outlived

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 29, 8, tzinfo=UTC)
KEEPING = Keeping(daily=7, weekly=4, monthly=6)

pytestmark = pytest.mark.proves("O-4")


def kept(made: list[datetime], keeping: Keeping = KEEPING) -> list[datetime]:
    return sorted(set(made) - outlived(made, keeping, zone=ZONE), reverse=True)


def test_a_year_of_nights_becomes_days_weeks_and_months() -> None:
    left = kept([NOW - timedelta(days=day) for day in range(365)])
    assert left[:7] == [NOW - timedelta(days=day) for day in range(7)]
    assert [f"{moment:%m-%d}" for moment in left[7:]] == [
        "11-22",
        "11-15",
        "11-08",
        "10-31",
        "09-30",
        "08-31",
        "07-31",
        "06-30",
    ][: len(left) - 7]


def test_of_one_day_only_the_newest_stays_by_the_clock_of_the_business() -> None:
    evening = datetime(2026, 11, 28, 3, 30, tzinfo=UTC)  # still the 27th in New York
    morning = datetime(2026, 11, 27, 14, tzinfo=UTC)
    assert kept([NOW, evening, morning], Keeping(daily=7, weekly=0, monthly=0)) == [NOW, evening]


def test_all_of_the_last_24_hours_stay() -> None:
    """Among them what was there before a restore."""
    hours = [NOW - timedelta(hours=hour) for hour in (0, 1, 23, 24, 25)]
    assert kept(hours, Keeping(daily=1, weekly=0, monthly=0)) == hours[:3]


def test_a_pause_in_making_them_takes_none_away() -> None:
    old = [NOW - timedelta(days=400 + day) for day in range(3)]
    assert kept(old) == old


@given(
    days=st.lists(st.integers(0, 2000), min_size=1, max_size=60),
    daily=st.integers(1, 9),
    weekly=st.integers(0, 6),
    monthly=st.integers(0, 7),
)
def test_the_newest_always_stays_and_what_stays_once_stays_the_next_time(
    days: list[int], daily: int, weekly: int, monthly: int
) -> None:
    made = [NOW - timedelta(days=day) for day in days]
    keeping = Keeping(daily=daily, weekly=weekly, monthly=monthly)
    left = kept(made, keeping)
    assert max(made) in left
    assert len(left) <= daily + weekly + monthly + days.count(min(days))
    assert kept(left, keeping) == left
