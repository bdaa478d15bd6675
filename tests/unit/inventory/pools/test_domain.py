"""What is said of a pool from outside."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.clock import TEST_EPOCH
from inventory.pools.domain import City, Pool, PoolStatus, Shown, status_of

SHOWN = Shown(
    catalogue_version=1,
    listed=True,
    withdrawn=False,
    on_sale_from=TEST_EPOCH,
    on_sale_until=TEST_EPOCH + timedelta(days=1),
)


def city(shown: Shown) -> City:
    pools = {tier: Pool(tier=tier, public_limit=5, actual_limit=5) for tier in ("ga", "vip")}
    return City(city_id="dallas", version=1, pools=pools, shown=shown)


@pytest.mark.proves("C-2", "I-1")
def test_the_pool_of_a_withdrawn_tier_is_closed_and_the_others_are_not() -> None:
    shown = city(replace(SHOWN, withdrawn_tiers=frozenset({"vip"})))
    assert status_of(shown, "vip", low=False, now=TEST_EPOCH) is PoolStatus.CLOSED
    assert status_of(shown, "ga", low=False, now=TEST_EPOCH) is PoolStatus.AVAILABLE
    assert status_of(city(SHOWN), "vip", low=False, now=TEST_EPOCH) is PoolStatus.AVAILABLE
    assert status_of(city(SHOWN), "ga", low=True, now=SHOWN.on_sale_until) is PoolStatus.CLOSED
