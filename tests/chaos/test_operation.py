"""What people do to a stack that sells: its secrets are rotated, and what was destroyed is restored (O-4, O-9)."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos import disaster, rolling
from tests.chaos.campaign import EXTRAS
from tests.fixtures.hands import ask
from tests.fixtures.scratch import GROUP, scratch_stack
from tests.fixtures.stack import WholeStack
from tests.integration.thread.shop import eventually, is_complete

SEATS = 3 * rolling.ORDERS + 2 * disaster.BUYERS

pytestmark = [pytest.mark.asyncio, pytest.mark.stack, pytest.mark.xdist_group(GROUP), pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def sold_on() -> Iterator[WholeStack]:
    """A stack for both, in this order: what was destroyed and restored no longer has everything."""
    with scratch_stack(seats=SEATS, extras=EXTRAS, variables={"BACKUP_KEY": disaster.KEY}) as stack:
        yield stack


@pytest.fixture
def seed() -> int:
    seed = int(os.environ.get("CHAOS_SEED") or random.randrange(10**6))
    print(f"CHAOS_SEED={seed}")
    return seed


@pytest.mark.proves("L-10", "E-4", "O-9")
async def test_new_keys_and_the_restarts_for_them_lose_nothing_and_fail_no_request(
    sold_on: WholeStack, seed: int, tmp_path: Path
) -> None:
    stack = sold_on
    rolling.put_new_before_old(stack)
    before = {name: stack.value(name) for name in rolling.SECRETS}
    token = stack.token()
    verdict = await rolling.rolled(stack, seed)
    rolling.require_rotated(stack, before)
    status, _ = ask(f"{stack.gateway_url}/api/operations", token=token)
    assert status == 200, "what the old key signed is good until it ends"
    rolling.require_told(stack, tmp_path)
    rolling.require_old_tickets(stack, [code for order in verdict.evidence.orders for code in order.codes])
    assert verdict.found == []
    assert verdict.ok
    assert len(verdict.sales.paid) == rolling.ORDERS
    assert len(verdict.evidence.orders) == rolling.ORDERS + 2
    assert verdict.sales.refusals.keys() <= rolling.ANSWERS
    assert not verdict.desk.refusals
    assert not verdict.mistakes


@pytest.mark.proves("O-3", "O-4", "O-5", "R-5", "L-9", "E-6")
async def test_everything_destroyed_comes_back_from_a_backup_and_sells_on(sold_on: WholeStack, seed: int) -> None:
    stack = sold_on
    async with disaster.shopping(stack) as shop:
        bought, backup = await disaster.bought_meanwhile(shop, random.Random(seed))
        await disaster.paid_too_late(shop, bought)
        handed_over = await disaster.handed_over(shop)
        await asyncio.to_thread(disaster.destroy, stack)
        await asyncio.to_thread(disaster.restore, stack, backup)
        evidence = await disaster.sound(shop, handed_over)
        assert {each.order_id for each in bought} <= {order.order_id for order in evidence.orders}, "all were paid"
        purchase = await disaster.placed(shop)
        await shop.pay(purchase)
        await eventually(lambda: is_complete(shop, purchase), seconds=disaster.REST_SECONDS)
        await disaster.verified(stack)
        await disaster.job_done(shop, "backup")
        await disaster.job_done(shop, "backup-test")
