"""How collections of commission stand by what was told of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.figures.collections import STUCK_AFTER, newest_collections
from tests.unit.monitor.samples import NOW, commission_collected, commission_failed, commission_started

pytestmark = pytest.mark.proves("A-6", "P-12")


def test_one_may_be_under_way_for_two_hours() -> None:
    [standing] = newest_collections([commission_started()])
    assert [standing.stuck(NOW + STUCK_AFTER + late) for late in (timedelta(0), timedelta(seconds=1))] == [False, True]


def test_one_that_is_settled_is_never_stuck_whatever_came_first() -> None:
    for settled in (commission_collected(), commission_failed()):
        [standing] = newest_collections([settled, commission_started()])
        assert not standing.stuck(NOW + timedelta(days=1))
