"""What counters rose by in the last minutes, whoever starts, stops or is silent meanwhile."""

from __future__ import annotations

import pytest

from monitor.dashboards.operations.endpoints import Counters
from monitor.dashboards.operations.recent import Recent

pytestmark = pytest.mark.proves("M-11")


def counted(**by_instance: float) -> Counters:
    return {f'x{{instance="{name}",le="+Inf"}}': value for name, value in by_instance.items()}


def total(recent: Recent) -> float:
    return sum(recent.risen().values())


def test_a_burst_is_forgotten_after_five_minutes() -> None:
    recent = Recent()
    for now, value in ((0, 10), (15, 500), (300, 502)):
        recent.take(now, counted(a=value))
    assert total(recent) == 492
    recent.take(330, counted(a=503))
    assert total(recent) == 3


def test_what_was_counted_before_the_first_look_is_not_recent() -> None:
    recent = Recent()
    assert recent.risen() == {}
    recent.take(0, counted(a=9000))
    assert total(recent) == 0
    recent.take(15, counted(a=9001, b=7000))
    recent.take(30, counted(a=9001, b=7002))
    assert total(recent) == 3


def test_a_process_that_begins_anew_counts_from_nothing_and_a_silent_one_stays_as_it_was() -> None:
    recent = Recent()
    recent.take(0, counted(a=100, b=50))
    recent.take(15, counted(a=4))
    assert total(recent) == 4
    recent.take(30, counted(a=4, b=51))
    assert total(recent) == 5
