"""What is said of a pool from outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.clock import TEST_EPOCH
from inventory.pools.domain import Shown

SHOWN = Shown(
    catalogue_version=1,
    listed=True,
    withdrawn=False,
    on_sale_from=TEST_EPOCH,
    on_sale_until=TEST_EPOCH + timedelta(days=1),
)


@pytest.mark.proves("C-2", "I-1")
def test_seats_of_a_withdrawn_tier_are_not_sold_and_the_others_are() -> None:
    shown = replace(SHOWN, withdrawn_tiers=frozenset({"vip"}))
    assert [shown.sells(tier, TEST_EPOCH) for tier in ("ga", "vip")] == [True, False]
    assert SHOWN.sells("vip", TEST_EPOCH)
    assert not SHOWN.sells("ga", SHOWN.on_sale_until)
    assert not replace(SHOWN, withdrawn=True).sells("ga", TEST_EPOCH)
