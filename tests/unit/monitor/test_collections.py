"""How collections of commission stand by what was told of them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from monitor.figures.collections import STUCK_AFTER, newest_collections
from tests.unit.monitor.samples import (
    NOW,
    commission_collected,
    commission_failed,
    commission_invoiced,
    commission_started,
)

pytestmark = pytest.mark.proves("A-6", "P-12")


def test_one_may_be_under_way_for_two_hours() -> None:
    [standing] = newest_collections([commission_started()])
    assert [standing.stuck(NOW + STUCK_AFTER + late) for late in (timedelta(0), timedelta(seconds=1))] == [False, True]


def test_one_that_is_settled_is_never_stuck_whatever_came_first() -> None:
    for settled in (commission_collected(), commission_failed()):
        [standing] = newest_collections([settled, commission_started()])
        assert not standing.stuck(NOW + timedelta(days=1))


def test_an_invoice_may_stand_open_until_it_is_due_and_is_overdue_then() -> None:
    [sent] = newest_collections([commission_started(), commission_invoiced()])
    due = sent.payable_until
    assert due is not None
    assert [sent.stuck(due + STUCK_AFTER + late) for late in (timedelta(0), timedelta(seconds=1))] == [False, True]
    [failed] = newest_collections([commission_failed(version=4, cause="invoice_overdue"), commission_invoiced()])
    assert (failed.overdue, sent.overdue) == (True, False)
    [paid] = newest_collections([commission_failed(cause="invoice_overdue"), commission_collected(version=5)])
    assert not paid.overdue
