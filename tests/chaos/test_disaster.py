"""Everything is destroyed, and comes back from a backup that was made while people bought (O-4, L-9)."""

from __future__ import annotations

import asyncio
import os
import random

import pytest

from tests.chaos import disaster
from tests.chaos.campaign import EXTRAS
from tests.fixtures.scratch import scratch_stack
from tests.fixtures.stack import GROUP, WholeStack
from tests.integration.thread.shop import eventually, is_complete

SEATS = 2 * disaster.BUYERS

pytestmark = [pytest.mark.asyncio, pytest.mark.stack, pytest.mark.xdist_group(GROUP), pytest.mark.timeout(600)]


@pytest.mark.proves("O-3", "O-4", "O-5", "R-5", "L-9", "E-6")
async def test_everything_destroyed_comes_back_from_a_backup_and_sells_on() -> None:
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))
    print(f"CHAOS_SEED={seed}")
    with scratch_stack(seats=SEATS, extras=EXTRAS, variables={"BACKUP_KEY": disaster.KEY}) as stack:
        await destroyed_and_restored(stack, random.Random(seed))


async def destroyed_and_restored(stack: WholeStack, chance: random.Random) -> None:
    async with disaster.shopping(stack) as shop:
        bought, backup = await disaster.bought_meanwhile(shop, chance)
        await disaster.paid_too_late(shop, bought)
        handed_over = await disaster.handed_over(shop)
        await asyncio.to_thread(disaster.destroy, stack)
        await asyncio.to_thread(disaster.restore, stack, backup)
        evidence = await disaster.sound(shop, handed_over)
        assert bought[0].order_id in {order.order_id for order in evidence.orders}, "it was paid before the backup"
        purchase = await disaster.placed(shop)
        await shop.pay(purchase)
        await eventually(lambda: is_complete(shop, purchase), seconds=disaster.REST_SECONDS)
        await disaster.verified(stack)
        await disaster.job_done(shop, "backup")
        await disaster.job_done(shop, "backup-test")
