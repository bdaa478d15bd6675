"""The checker finds what a wrong mechanism does, and nothing where it is right: the same story told with both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio

from chassis.database import Database, Transaction
from eventbus import create_topics, delete_topics
from invariants import Kind, violations
from invariants.rules import (
    EachEventHasOneEffect,
    NothingIsOversold,
    NothingWaits,
    PaidOrdersHaveTheirTickets,
    PoolsEqualTheirLedger,
    SalesAreCountedOnce,
)
from tests.chaos.small_world import SmallWorld
from tests.chaos.variants import VARIANTS
from tests.fixtures.kafka import kafka_at
from tests.fixtures.postgres import MakeDatabase
from tests.integration.inventory.bench import open_bench

pytestmark = pytest.mark.asyncio

RULES = (
    PaidOrdersHaveTheirTickets(),
    PoolsEqualTheirLedger(),
    NothingIsOversold(),
    NothingWaits(),
    EachEventHasOneEffect(),
    SalesAreCountedOnce(),
)
SEATS = 20
LOOKS = 4
HOLD_ENDS = "INSERT INTO app_clock (shift) VALUES (interval '1 hour')"

Story = Callable[[SmallWorld, str | None], Awaitable[None]]


@pytest_asyncio.fixture
async def world(make_database: MakeDatabase, kafka: str) -> AsyncIterator[SmallWorld]:
    connection = kafka_at(kafka, prefix=f"small{uuid4().hex[:8]}.")
    await create_topics(connection, partitions=1)
    urls = {service: make_database(service) for service in ("checkout", "inventory", "monitor")}
    async with AsyncExitStack() as stacked:
        stacked.push_async_callback(delete_topics, connection)
        bench = await stacked.enter_async_context(open_bench(urls["inventory"]))
        databases = [await Database.connect(urls[name], application="test") for name in ("checkout", "monitor")]
        for database in databases:
            stacked.push_async_callback(database.close)
        yield SmallWorld(urls=urls, checkout=databases[0], monitor=databases[1], bench=bench, connection=connection)


async def _killed_at(world: SmallWorld, variant: str | None, point: str, *services: str) -> None:
    """Something is sold, the process dies on the way, and another one takes its place."""
    await world.bench.open({"ga": (SEATS, SEATS)})
    await world.buy(2)
    async with world.worker(variant, services=services, crash_at=point) as process:
        assert await process.wait() == -9
    async with world.worker(variant):
        await world.end_with_a_sale()


async def killed_before_commit(world: SmallWorld, variant: str | None) -> None:
    await _killed_at(world, variant, "consumer.before_commit", "checkout", "inventory")


async def killed_after_move(world: SmallWorld, variant: str | None) -> None:
    await _killed_at(world, variant, "relay.after_move", "checkout")


async def killed_after_acknowledgement(world: SmallWorld, variant: str | None) -> None:
    """What the next relay sends again finds the first copy read already."""
    await world.bench.open({"ga": (SEATS, SEATS)})
    bought = await world.buy(2)
    async with world.worker(variant, services=["checkout"], crash_at="relay.after_ack") as process:
        assert await process.wait() == -9
    async with world.worker(variant, services=["inventory", "monitor"]):
        await world.arrived(bought)
    async with world.worker(variant):
        await world.end_with_a_sale()


async def committed_out_of_order(world: SmallWorld, variant: str | None) -> None:
    """Ids are given when rows are written, and seen when they are committed."""
    await world.bench.open({"ga": (SEATS, SEATS)})
    slow = await world.hold()
    assert slow is not None
    async with world.worker(variant):
        async with world.checkout.transaction() as tx:
            await world.pay_in(tx, slow)
            await _kept_open(tx, world.end_with_a_sale())
        await world.end_with_a_sale()


async def _kept_open(tx: Transaction, meanwhile: Coroutine[Any, Any, None]) -> None:
    """PostgreSQL ends a transaction of which it hears nothing for 12 s, and a busy machine takes longer for a sale."""
    task = asyncio.ensure_future(meanwhile)
    while not task.done():
        await tx.fetchval("SELECT 1")
        await asyncio.wait({task}, timeout=1)
    await task


async def paid_and_not_read(world: SmallWorld, variant: str | None) -> None:
    """The last seat is paid for while inventory is behind, and its hold ends; somebody else would like to have it."""
    await world.bench.open({"ga": (1, 1)})
    await world.buy()
    async with world.worker(variant, services=["checkout"]):
        while await world.checkout.fetchval("SELECT count(*) FROM outbox"):
            await asyncio.sleep(0.05)
    await world.bench.database.execute(HOLD_ENDS)
    await world.look_for_ended_holds(LOOKS)
    late = await world.hold()
    if late is not None:
        await world.pay(late)
    async with world.worker(variant):
        for event in world.paid:
            await world.arrived(event.order_id)


# The story in which each variant goes wrong, and how that shows.
STORIES: dict[str, tuple[Story, str, Kind]] = {
    "offset_before_effect": (killed_before_commit, "tickets", Kind.LOST),
    "removed_before_acknowledged": (killed_after_move, "tickets", Kind.LOST),
    "no_inbox": (killed_after_acknowledgement, "counted", Kind.DOUBLED),
    "watermark": (committed_out_of_order, "tickets", Kind.LOST),
    "clock_alone": (paid_and_not_read, "oversold", Kind.OVERSOLD),
}


@pytest.mark.proves("L-9", "E-4")
@pytest.mark.parametrize("name", ["offset_before_effect", "no_inbox", "clock_alone"])
async def test_as_it_is_built_every_rule_holds(world: SmallWorld, name: str) -> None:
    story, _, _ = STORIES[name]
    await story(world, None)
    assert violations(await world.evidence(), RULES) == []
    assert world.paid


@pytest.mark.proves("L-9", "E-4", "I-4")
@pytest.mark.parametrize("name", VARIANTS)
async def test_a_wrong_mechanism_is_found(world: SmallWorld, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    story, rule, kind = STORIES[name]
    if name == "clock_alone":
        monkeypatch.setattr("eventbus.Progress.passed", _always)
    await story(world, name)
    found = violations(await world.evidence(), RULES)
    assert (rule, kind) in {(each.invariant, each.kind) for each in found}, found


async def _always(*_arguments: object) -> bool:
    return True
