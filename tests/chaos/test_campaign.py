"""A short run of `make chaos` with every test run; the long ones are for a person, or a night."""

from __future__ import annotations

import json
import os
import random

import pytest

from tests.chaos.campaign import Campaign, wired
from tests.fixtures.scratch import GROUP

ORDERS = 30
KILLS = 5

pytestmark = [pytest.mark.asyncio, pytest.mark.stack, pytest.mark.xdist_group(GROUP), pytest.mark.timeout(600)]


@pytest.mark.proves("L-9", "E-4", "E-7", "N-3", "C-4", "I-4")
async def test_whatever_is_killed_nothing_is_lost_doubled_or_oversold() -> None:
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))
    print(f"CHAOS_SEED={seed}")
    with wired(seats=3 * ORDERS) as (stack, network):
        campaign = Campaign(stack=stack, network=network, seed=seed, kills=KILLS, orders=ORDERS, say=print)
        verdict = await campaign.run()
    print(json.dumps(verdict.line()))
    assert verdict.sales.gave_up == []
    assert len(verdict.sales.paid) == len(verdict.evidence.orders) == ORDERS
    assert verdict.unpaid == set()
    assert verdict.unraised == {}
    assert len(verdict.evidence.alerts) > len(verdict.desk.raised) > 0, "the sales raised none"
    assert verdict.found == []
    assert verdict.alarms == ()
    assert verdict.watch.found == {}
    assert verdict.ok
    assert verdict.kills > 0
