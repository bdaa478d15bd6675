"""A message outlives the processes that send it, and none takes them with it for ever (N-3, N-4)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from chassis.database import Transaction
from events import Channel
from notifier.deliveries import store
from notifier.deliveries.domain import Delivery
from tests.fixtures.forked import Forked
from tests.integration.notifier.facts import city, new_city, paid
from tests.integration.notifier.harness import OWNERS, World, until
from tests.integration.notifier.process import QUICK

pytestmark = pytest.mark.asyncio
# More than a delivery has attempts, and the last one after Twilio has it.
POINTS = (*["notifier.before_send"] * 3, "notifier.after_send")


@pytest.mark.proves("N-3", "N-4", "E-4")
async def test_no_number_of_killed_processes_uses_up_an_attempt(world: World, tmp_path: Path) -> None:
    await _queue_one_text(world)
    for number, point in enumerate(POINTS):
        async with world.process(crash_at=f"{point}={tmp_path / str(number)}") as process:
            await _let_go(world)
            await _in_time(world, lambda: _dead(process))
        [row] = await world.deliveries("channel = 'sms'")
        assert (row["state"], row["deaths"], row["attempts"]) == ("sending", number, 1)
    async with world.process():
        await _in_time(world, lambda: _are(world, ["delivered"]))
    [row] = await world.deliveries("channel = 'sms'")
    assert (row["attempts"], row["deaths"], row["possible_duplicates"]) == (1, len(POINTS), 0)
    assert [text["to"] for text in await world.messages("sms")] == [OWNERS[0]]


@pytest.mark.proves("N-4", "N-14")
async def test_what_ends_its_process_each_time_is_given_up_and_says_why(world: World) -> None:
    await _queue_one_text(world)
    await world.database.execute("""
        UPDATE deliveries SET state = 'sending', attempts = 1, deaths = 9, lease_until = app_now()
        WHERE channel = 'sms'
    """)
    await _let_go(world)
    async with world.notifier():
        await until(lambda: _are(world, ["failed"]), what="given up")
        _, page = await world.get("/api/notifications", channel="sms")
    [shown] = page["data"]
    assert shown["errorCode"] == "process_died"
    assert shown["reason"] == "The process that was sending it ended 10 times; it was never sent."
    assert await world.told("notification.failed") == 1
    assert await world.messages("sms") == []


@pytest.mark.proves("N-4")
async def test_one_that_may_end_its_process_is_sent_alone(world: World) -> None:
    """Whatever is under way beside it would die with it, and come under suspicion itself."""
    world.values["SMS_TARGET_NUMBERS"] = ",".join(f"+1352555010{number}" for number in range(6))
    await _queue_texts(world, 6)
    await world.database.execute("""
        UPDATE deliveries SET deaths = 2 WHERE channel = 'sms' AND recipient > '+13525550101'
    """)
    async with world.database.transaction() as tx:
        due = await _due(tx)
        assert sorted(each.deaths for each in due) == [0, 0, 2]
        [suspect] = [each for each in due if each.deaths]
        await tx.execute("UPDATE deliveries SET state = 'sending' WHERE id = $1", suspect.id)
        assert [each.deaths for each in await _due(tx)] == [0, 0]
        await tx.execute("UPDATE deliveries SET state = 'queued' WHERE id = $1", suspect.id)
        assert sorted(each.deaths for each in await _due(tx)) == [0, 0, 2]
    await _let_go(world)
    async with world.notifier():
        await until(lambda: _are(world, ["delivered"] * 6), what="all are sent")


async def _queue_one_text(world: World) -> None:
    world.values["SMS_TARGET_NUMBERS"] = OWNERS[0]
    await _queue_texts(world, 1)


async def _queue_texts(world: World, count: int) -> None:
    """The mail waits for stock, and the texts until they are let go."""
    await world.database.execute("UPDATE breakers SET state = 'open', retry_at = app_now() + interval '1 day'")
    async with world.process():
        here = new_city()
        await world.publish(city(here), paid(here, hold_alive=False))
        await until(lambda: _are(world, ["queued"] * count), what="queued")


async def _let_go(world: World) -> None:
    await world.database.execute("UPDATE breakers SET state = 'closed', retry_at = NULL")


async def _due(tx: Transaction) -> list[Delivery]:
    return [each.delivery for each in await store.due(tx, Channel.SMS, limit=20)]


async def _in_time(world: World, condition: Callable[[], Awaitable[bool]]) -> None:
    """Leases and rests of minutes pass in a moment; each step is shorter than a living process's lease."""

    async def looked() -> bool:
        await world.later(QUICK.times.lease / 10)
        await asyncio.sleep(0.1)
        return await condition()

    await until(looked)


async def _dead(process: Forked) -> bool:
    return process.returncode is not None


async def _are(world: World, states: list[str]) -> bool:
    return await world.states("sms") == states
