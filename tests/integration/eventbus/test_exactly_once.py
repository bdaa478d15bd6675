"""E-4 on real Kafka and PostgreSQL: whatever dies, every event has its effect once, in order."""

from __future__ import annotations

import asyncio
import random

import pytest

from eventbus import Bus, Start
from tests.integration.eventbus import ledger
from tests.integration.eventbus.harness import Bench, eventually

pytestmark = pytest.mark.asyncio


async def outbox_is_empty(bench: Bench) -> bool:
    return bool(await bench.database.fetchval("SELECT count(*) = 0 FROM outbox"))


async def wait_for_effects(bench: Bench, count: int) -> None:
    async def done() -> bool:
        return len(await ledger.effects(bench.database)) >= count

    await eventually(done)


async def publish_and_fail(bench: Bench, bus: Bus) -> None:
    async with bench.database.transaction() as tx:
        await bus.outbox.publish(tx, ledger.fact("undone"))
        raise RuntimeError


@pytest.mark.proves("E-4")
async def test_events_arrive_once_and_in_order(bench: Bench) -> None:
    names = [f"n{number}" for number in range(1200)]
    async with bench.bus(ledger.count_effect()) as bus:
        for start in range(0, len(names), 100):
            await ledger.publish(bench.database, bus.outbox, names[start : start + 100])
        await wait_for_effects(bench, len(names))
    assert await ledger.effects(bench.database) == names
    assert await outbox_is_empty(bench)


@pytest.mark.proves("E-4")
async def test_an_event_of_a_rolled_back_transaction_is_never_sent(bench: Bench) -> None:
    async with bench.bus(ledger.count_effect()) as bus:
        with pytest.raises(RuntimeError):
            await publish_and_fail(bench, bus)
        await ledger.publish(bench.database, bus.outbox, ["done"])
        await wait_for_effects(bench, 1)
    assert await ledger.effects(bench.database) == ["done"]


@pytest.mark.proves("E-4")
@pytest.mark.parametrize(
    "point", ["relay.after_ack", "relay.after_move", "consumer.before_commit", "consumer.after_commit"]
)
async def test_a_process_killed_at_a_named_point_loses_and_doubles_nothing(bench: Bench, point: str) -> None:
    names = [f"n{number}" for number in range(40)]
    async with bench.bus() as bus:
        await bus.stop()  # only its outbox is used: the processes below relay
        await ledger.publish(bench.database, bus.outbox, names)
    async with bench.worker(crash_at=point) as doomed:
        assert await asyncio.wait_for(doomed.wait(), 30) == -9
    async with bench.worker():
        await wait_for_effects(bench, len(names))
        await eventually(lambda: outbox_is_empty(bench))
    assert await ledger.effects(bench.database) == names


@pytest.mark.proves("E-4")
async def test_a_worker_killed_again_and_again_at_random_loses_and_doubles_nothing(bench: Bench) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    rng = random.Random(seed)
    names = [f"n{number}" for number in range(300)]
    async with bench.bus() as bus:
        await bus.stop()

        async def keep_publishing() -> None:
            for name in names:
                await ledger.publish(bench.database, bus.outbox, [name])
                await asyncio.sleep(0.01)

        publishing = asyncio.create_task(keep_publishing())
        while not publishing.done():
            async with bench.worker():
                await asyncio.sleep(0.5 + rng.random())
        await publishing
    async with bench.worker():
        await wait_for_effects(bench, len(names))
        await eventually(lambda: outbox_is_empty(bench))
    assert await ledger.effects(bench.database) == names, f"seed {seed}"


@pytest.mark.proves("E-4")
async def test_the_same_records_again_have_no_second_effect(bench: Bench) -> None:
    async with bench.bus(ledger.count_effect()) as bus:
        await ledger.publish(bench.database, bus.outbox, ["a", "b"])
        await wait_for_effects(bench, 2)
    # As after a restore of Kafka's side of things: everything is read from the beginning again.
    await bench.database.execute("DELETE FROM consumer_offsets")
    async with bench.bus(ledger.count_effect()) as bus:
        await ledger.publish(bench.database, bus.outbox, ["c"])
        await wait_for_effects(bench, 3)
    assert await ledger.effects(bench.database) == ["a", "b", "c"]


@pytest.mark.proves("E-7")
async def test_a_new_group_that_starts_now_gets_no_old_news(bench: Bench) -> None:
    async with bench.bus(ledger.count_effect()) as bus:
        await ledger.publish(bench.database, bus.outbox, ["old"])
        await wait_for_effects(bench, 1)
        # A relay that is stopped before it has moved its row would send it again.
        await eventually(lambda: outbox_is_empty(bench))
    await bench.database.execute("TRUNCATE effects, consumer_offsets, inbox")
    effect = ledger.count_effect(start=Start.NOW)
    async with bench.bus(effect) as bus:

        async def reading() -> bool:
            return all(group.reading for group in bus.groups())

        await eventually(reading)
    # A restart before the first record must not move the start.
    async with bench.bus() as bus:
        await ledger.publish(bench.database, bus.outbox, ["while away"])
        await eventually(lambda: outbox_is_empty(bench))
    async with bench.bus(effect):
        await wait_for_effects(bench, 1)
    assert await ledger.effects(bench.database) == ["while away"]
