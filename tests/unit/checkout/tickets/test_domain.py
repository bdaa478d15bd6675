"""How often a buyer may have the tickets sent again (C-11)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.orders.domain import HistoryEntry
from checkout.tickets.domain import BY_THE_BUYER, wait_for_sending
from tests.unit.checkout.samples import NOW

pytestmark = [pytest.mark.proves("C-11", "N-11")]

ASKED = HistoryEntry(version=4, state_from="paid", state_to="paid", refused=False, cause=BY_THE_BUYER, at=NOW)


@pytest.mark.parametrize(
    ("minutes_ago", "wait"),
    [
        ([], 0),
        ([4], 1),
        ([5], 0),
        ([60, 50, 40, 30], 0),
        ([60, 50, 40, 30, 20], 24 * 60 - 60),
        ([25 * 60, 60, 50, 40, 30], 0),
        ([25 * 60, 60, 50, 40, 30, 1], 24 * 60 - 60),
    ],
)
def test_it_rests_five_minutes_and_goes_five_times_a_day(minutes_ago: list[int], wait: int) -> None:
    history = [replace(ASKED, at=NOW - timedelta(minutes=minutes)) for minutes in minutes_ago]
    assert wait_for_sending(history, NOW) == timedelta(minutes=wait)


def test_what_staff_has_sent_counts_for_nobody() -> None:
    by_staff = replace(ASKED, cause=replace(BY_THE_BUYER, who="staff"))
    assert wait_for_sending([by_staff], NOW) == timedelta(0)
