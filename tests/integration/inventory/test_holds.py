from __future__ import annotations

import asyncio
from collections import Counter
from uuid import uuid4

import pytest

from chassis.metrics import Metric, metrics
from events import OrderPaymentFailed, OrderPaymentPending, StockHeld, StockLow, StockReleased, StockSoldOut
from inventory.pools.errors import DeadlinePassed, HoldDiffers, HoldReleased, SoldOut, UnknownCity, UnknownTier
from tests.integration.inventory.bench import (
    CITY,
    Bench,
    open_bench,
    order_event,
    paid_event,
    refund_event,
    require_proof,
)

pytestmark = pytest.mark.asyncio


async def outcome(bench: Bench, quantity: int = 1) -> str:
    try:
        await bench.hold(uuid4(), quantity)
    except SoldOut as refusal:
        return refusal.code
    return "held"


def errors(name: str) -> float:
    return metrics.value(Metric.ERRORS, category="inventory_errors", error=name)


@pytest.mark.proves("I-4", "I-5")
async def test_500_buyers_at_once_for_35_seats(bench: Bench) -> None:
    await bench.open({"ga": (35, 40), "vip": (5, 5)})
    outcomes = Counter(await asyncio.gather(*(outcome(bench) for _ in range(500))))
    assert outcomes == {"held": 35, "sold_out": 465}
    assert await bench.pool() == {"held": 35, "sold": 0, "spare_sold": 0, "oversold": 0}
    held = await bench.published(StockHeld)
    assert [event.stock_version for event in held] == list(range(2 + 1, 2 + 35 + 1))
    assert held[-1].remaining_inventory == {"ga": 0, "vip": 5}
    await require_proof(bench.database)


@pytest.mark.proves("I-4", "I-5")
async def test_two_processes_on_one_database_never_oversell(bench: Bench) -> None:
    await bench.open({"ga": (70, 70)})
    async with open_bench(bench.url) as other:
        buyers = [outcome(process) for _ in range(300) for process in (bench, other)]
        outcomes = Counter(await asyncio.gather(*buyers))
    assert outcomes == {"held": 70, "sold_out": 530}
    await require_proof(bench.database)


@pytest.mark.proves("I-5")
async def test_a_large_request_that_does_not_fit_blocks_nobody(bench: Bench) -> None:
    await bench.open({"ga": (5, 5)})
    outcomes = await asyncio.gather(outcome(bench, 3), outcome(bench, 4), outcome(bench, 2))
    assert list(outcomes) == ["held", "sold_out", "held"]


@pytest.mark.proves("I-5")
async def test_waiting_requests_share_a_transaction(bench: Bench) -> None:
    await bench.open({"ga": (200, 200)})
    await asyncio.gather(*(outcome(bench) for _ in range(150)))
    assert await bench.database.fetchval("SELECT count(*) FROM holds") == 150
    assert await bench.database.fetchval("SELECT count(DISTINCT xmin::text) FROM holds") <= 4


@pytest.mark.proves("I-2")
async def test_the_same_order_again_has_the_same_hold_also_when_the_pool_is_full(bench: Bench) -> None:
    await bench.open({"ga": (2, 2)})
    order = uuid4()
    first, second = await bench.hold(order, 2), await bench.hold(order, 2)
    assert first.held_until == second.held_until
    with pytest.raises(SoldOut) as refused:
        await bench.hold(uuid4())
    assert refused.value.extra["available"] == {"ga": 0}
    with pytest.raises(HoldDiffers):
        await bench.hold(order, 1)
    assert (await bench.pool())["held"] == 2
    assert len(await bench.published(StockHeld)) == 1


@pytest.mark.proves("I-2")
async def test_the_same_order_again_has_the_same_hold_of_a_process_whose_memory_is_older(bench: Bench) -> None:
    await bench.open({"ga": (2, 2)})
    before, order = uuid4(), uuid4()
    await bench.hold(before, 2)
    async with open_bench(bench.url) as other:
        assert await outcome(other) == "sold_out"
        await bench.release(before)
        held = await bench.hold(order, 2)
        assert (await other.hold(order, 2)).held_until == held.held_until


@pytest.mark.proves("I-2")
async def test_a_released_order_is_refused_whether_its_hold_came_before_or_comes_after(bench: Bench) -> None:
    await bench.open({"ga": (2, 2)})
    before, after = uuid4(), uuid4()
    await bench.hold(before, 2)
    await bench.release(before)
    await bench.release(before)
    await bench.release(after)
    await bench.release(after)
    for order in (before, after):
        with pytest.raises(HoldReleased):
            await bench.hold(order)
    assert (await bench.pool())["held"] == 0
    assert [event.order_id for event in await bench.published(StockReleased)] == [before]
    assert await outcome(bench, 2) == "held"
    await require_proof(bench.database)


@pytest.mark.proves("I-2")
async def test_a_release_and_a_hold_of_one_order_at_the_same_time_end_in_nothing_held(bench: Bench) -> None:
    await bench.open({"ga": (100, 100)})
    for _ in range(20):
        order = uuid4()
        await asyncio.gather(bench.hold(order), bench.release(order), return_exceptions=True)
        await bench.release(order)
    assert (await bench.pool())["held"] == 0
    await require_proof(bench.database)


@pytest.mark.proves("I-2")
async def test_a_call_after_its_deadline_is_refused_and_holds_nothing(bench: Bench) -> None:
    await bench.open({"ga": (2, 2)})
    with pytest.raises(DeadlinePassed):
        await bench.hold(uuid4(), deadline=0)
    assert (await bench.pool())["held"] == 0


async def test_what_the_catalogue_does_not_have(bench: Bench) -> None:
    await bench.open({"ga": (2, 2)})
    with pytest.raises(UnknownCity):
        await bench.hold(uuid4(), city="atlantis")
    with pytest.raises(UnknownTier):
        await bench.hold(uuid4(), tier="box")


@pytest.mark.proves("I-4")
async def test_the_database_itself_refuses_and_the_case_is_counted(bench: Bench) -> None:
    await bench.open({"ga": (5, 9)})
    for change in ("held = 6", "sold = 10", "held = -1", "sold = -1", "sold = 6"):
        with pytest.raises(Exception, match="pools_"):
            await bench.database.execute(f"UPDATE pools SET {change}")
    # A limit that the code knows nothing of: what it lets through, the database refuses.
    await bench.database.execute("ALTER TABLE pools ADD CONSTRAINT pools_narrow CHECK (held <= 2)")
    counted = errors("concurrent_purchase_conflict")
    outcomes = Counter(await asyncio.gather(*(outcome(bench) for _ in range(4))))
    assert outcomes == {"held": 2, "sold_out": 2}
    assert errors("concurrent_purchase_conflict") > counted
    await require_proof(bench.database)


@pytest.mark.proves("I-5")
async def test_a_memory_that_differs_is_corrected_at_once_and_counted(bench: Bench) -> None:
    await bench.open({"ga": (5, 5)})
    await bench.hold(uuid4(), 2)
    counted = errors("inventory_sync_failed")
    await bench.database.execute("UPDATE pools SET held = held + 1")
    await bench.mirror.renew()
    assert bench.mirror.cities[CITY].remaining() == {"ga": 2}
    assert errors("inventory_sync_failed") == counted + 1
    await bench.mirror.renew()
    assert errors("inventory_sync_failed") == counted + 1


@pytest.mark.proves("I-9")
async def test_each_level_is_announced_once_per_crossing_by_paid_seats_alone(bench: Bench) -> None:
    await bench.open({"ga": (35, 40), "vip": (50, 50)})
    orders = [(uuid4(), quantity) for quantity in (9, 2, 10, 14)]
    for order, quantity in orders:
        await bench.hold(order, quantity)
    assert await bench.published(StockLow, StockSoldOut) == [], "nobody has paid"
    for order, quantity in orders:
        await bench.deliver(paid_event(order, quantity, version=2))
    low, gone = await bench.published(StockLow), await bench.published(StockSoldOut)
    assert [(event.threshold, event.also_crossed, event.level) for event in low] == [(25, (), "INFO"), (15, (), "INFO")]
    assert [event.also_crossed for event in gone] == [(2, 5, 9, 10)]
    returned, again = orders[3][0], uuid4()
    await bench.deliver(refund_event(returned, 14, range(1, 15), back=True, version=3))
    await bench.hold(again, 13)
    await bench.deliver(paid_event(again, 13, version=2))
    assert [(event.threshold, event.also_crossed) for event in await bench.published(StockLow)][2:] == [(2, (5, 9, 10))]
    assert len(await bench.published(StockSoldOut)) == 1


@pytest.mark.proves("I-9")
async def test_seats_whose_money_is_on_its_way_count_for_the_levels_until_it_fails(bench: Bench) -> None:
    await bench.open({"ga": (10, 10)})
    order, other = uuid4(), uuid4()
    await bench.hold(order, 8)
    for again in range(2):
        await bench.deliver(order_event(OrderPaymentPending, order, 8, version=2 + again))
    assert [(event.threshold, event.available) for event in await bench.published(StockLow)] == [(2, 2)]
    await bench.deliver(order_event(OrderPaymentFailed, order, 8, version=4))
    await bench.hold(other, 8)
    await bench.deliver(order_event(OrderPaymentPending, other, 8, version=2))
    await bench.deliver(paid_event(other, 8, version=3))
    assert [event.threshold for event in await bench.published(StockLow)] == [2, 2], "paying crosses nothing again"
    assert await bench.pool() == {"held": 0, "sold": 8, "spare_sold": 0, "oversold": 0}
    await require_proof(bench.database)
