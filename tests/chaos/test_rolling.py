"""Every service is restarted while people buy: nothing is lost or doubled, and nobody notices (L-10)."""

from __future__ import annotations

import os
import random

import pytest

from tests.chaos.campaign import EXTRAS, Campaign
from tests.fixtures.scratch import scratch_stack
from tests.fixtures.stack import GROUP

ORDERS = 25
SECONDS = 15.0
# Somebody comes too late for the last seats: an answer, and no failure.
# A second press is told so after 10 s, where a slow machine takes longer for the first one (C-1).
ANSWERS = {"409 sold_out", "409 in_progress"}

pytestmark = [pytest.mark.asyncio, pytest.mark.stack, pytest.mark.xdist_group(GROUP), pytest.mark.timeout(300)]


@pytest.mark.proves("L-10", "E-4")
async def test_a_rolling_restart_loses_nothing_and_fails_no_request() -> None:
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))
    print(f"CHAOS_SEED={seed}")
    with scratch_stack(seats=3 * ORDERS, extras=EXTRAS) as stack:
        verdict = await Campaign(stack=stack, seed=seed, kills=0, orders=ORDERS, say=print).roll(seconds=SECONDS)
    assert verdict.found == []
    assert verdict.ok
    assert len(verdict.sales.paid) == len(verdict.evidence.orders) == ORDERS
    assert verdict.sales.refusals.keys() <= ANSWERS
    assert not verdict.desk.refusals
    assert not verdict.mistakes
