"""Buyers, payments, releases, ends and refunds at once, in random order and repeatedly; then everything must agree."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from uuid import UUID

import pytest

from chassis.database import UniqueViolation
from chassis.errors import Retry
from events import (
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderPaymentFailed,
    OrderPaymentPending,
    StockEvent,
)
from inventory.pools.errors import HoldReleased, SoldOut
from tests.integration.inventory.bench import Bench, open_bench, order_event, paid_event, refund_event, require_proof

pytestmark = pytest.mark.asyncio

CITIES = ("dallas-jan-2026", "miami-feb-2026")
ENDS: tuple[type[OrderEvent], ...] = (OrderExpired, OrderCancelled, OrderPaymentFailed)


@dataclass(slots=True)
class Story:
    """An order: how many seats, where, and what checkout will say of it."""

    order_id: UUID
    city: str
    quantity: int
    events: list[OrderEvent] = field(default_factory=list)
    paid: bool = False


def story(rng: Random) -> Story:
    told = Story(UUID(int=rng.getrandbits(128), version=4), rng.choice(CITIES), rng.randint(1, 3))
    where = {"city_id": told.city}
    version = 2
    if rng.random() < 0.3:
        told.events.append(order_event(OrderPaymentPending, told.order_id, told.quantity, version=version, **where))
        version += 1
    if rng.random() < 0.4:
        kind: type[OrderEvent] = rng.choice(ENDS)
        told.events.append(order_event(kind, told.order_id, told.quantity, version=version, **where))
        return told
    told.paid = True
    told.events.append(paid_event(told.order_id, told.quantity, version=version, **where))
    if rng.random() < 0.3:
        seats = tuple(rng.sample(range(1, told.quantity + 1), rng.randint(1, told.quantity)))
        gives_back = rng.random() < 0.5
        refund = refund_event(told.order_id, told.quantity, seats, back=gives_back, version=version + 1, **where)
        told.events.append(refund)
    return told


async def buy(bench: Bench, told: Story, rng: Random) -> None:
    """The hold, perhaps twice; now and then given back or ended before anything is said of the order."""
    await asyncio.sleep(rng.random() * 0.3)
    for _ in range(rng.choice([0, 1, 1, 1, 2])):
        with suppress(SoldOut, HoldReleased):
            await bench.hold(told.order_id, told.quantity, city=told.city)
    if rng.random() < 0.2:
        await bench.release(told.order_id)
    if rng.random() < 0.2:
        await bench.expire(told.order_id, city=told.city)


async def tell(bench: Bench, events: Sequence[OrderEvent], rng: Random) -> None:
    """Batches as Kafka might bring them, then one by one; what can't work yet comes again later."""
    waiting = list(events)
    while waiting:
        batch = [waiting.pop() for _ in range(min(len(waiting), rng.randint(1, 12)))]
        await asyncio.sleep(rng.random() * 0.02)
        if not await works(bench, batch):
            waiting[:0] = [event for event in batch if not await works(bench, [event])]


async def works(bench: Bench, batch: Sequence[OrderEvent]) -> bool:
    """A tombstone that comes at the same moment is refused by its key: that, too, is tried again."""
    try:
        await bench.deliver(*batch)
    except (Retry, UniqueViolation):
        return False
    return True


def some_order(stories: Sequence[Story], rng: Random) -> list[OrderEvent]:
    """Everything once or twice, shuffled."""
    events = [event for told in stories for event in told.events for _ in range(rng.choice([1, 1, 2]))]
    rng.shuffle(events)
    return events


@pytest.mark.proves("I-2", "I-3", "I-4", "I-6", "E-4", "E-6")
@pytest.mark.parametrize("run", range(3))
async def test_ledger_pools_holds_and_tickets_agree_whatever_happens(bench: Bench, run: int) -> None:
    seed = int(os.environ.get("STRESS_SEED", Random().getrandbits(32))) + run
    print(f"STRESS_SEED={seed - run} (run {run})")
    rng = Random(seed)
    for city in CITIES:
        await bench.open({"ga": (60, 75)}, city=city)
    stories = [story(rng) for _ in range(120)]
    async with open_bench(bench.url) as other:
        await asyncio.gather(
            *(buy(rng.choice([bench, other]), told, Random(rng.random())) for told in stories),
            tell(bench, some_order(stories, rng), Random(rng.random())),
            tell(other, some_order(stories, rng), Random(rng.random())),
        )
    await require_proof(bench.database)
    await require_paid_orders_have_their_tickets(bench, stories)
    for city in CITIES:
        versions = [event.stock_version for event in await bench.published(StockEvent) if event.city_id == city]
        assert sorted(set(versions)) == list(range(1, max(versions) + 1))
        assert versions == sorted(versions)


async def require_paid_orders_have_their_tickets(bench: Bench, stories: Sequence[Story]) -> None:
    rows = await bench.database.fetch("SELECT order_id, count(*) AS tickets FROM tickets GROUP BY order_id")
    assert {row["order_id"]: row["tickets"] for row in rows} == {
        told.order_id: told.quantity for told in stories if told.paid
    }
