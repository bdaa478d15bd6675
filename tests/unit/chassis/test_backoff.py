"""Pauses that double."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.backoff import doubled

FIRST, LONGEST = timedelta(seconds=2), timedelta(seconds=30)


@pytest.mark.parametrize(("times", "seconds"), [(0, 2), (1, 4), (3, 16), (4, 30), (1_000_000, 30)])
def test_a_pause_doubles_up_to_the_longest_however_often(times: int, seconds: int) -> None:
    assert doubled(FIRST, times, longest=LONGEST) == timedelta(seconds=seconds)


def test_the_longest_first_pause_has_room() -> None:
    assert doubled(timedelta(minutes=1), 1_000_000, longest=timedelta.max) < timedelta.max
