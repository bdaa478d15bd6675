"""One set of messages an order, whatever is repeated, reordered or killed (E-4, N-3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from events import StockHeld, StockOversold, StockSold
from tests.integration.notifier.facts import city, new_city, paid, stock
from tests.integration.notifier.harness import OWNERS, World, until

pytestmark = pytest.mark.asyncio
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.proves("E-4", "N-1", "N-3", "E-2")
async def test_repeated_events_and_callbacks_change_nothing(world: World) -> None:
    for vendor in ("twilio", "sendgrid"):
        await world.fault(vendor=vendor, kind="duplicate_webhook")
    here = new_city()
    order = paid(here)
    async with world.notifier():
        await world.publish(city(here), order, traceparent=f"00-{TRACE}-00f067aa0ba902b7-01")
        for _ in range(4):
            await world.repeat()
        # The same fact once more under another id, as a repaired checkout might say it.
        await world.publish(order)
        await until(lambda: _all_delivered(world), what="delivered")
        await world.publish(order, paid(here))
        await until(lambda: _count(world, 6), what="the next order")
        await until(lambda: _everything(world, "delivered"), what="delivered")
    assert len(await world.messages("sms")) == 4
    assert len(await world.messages("email")) == 2
    assert await world.told("notification.delivered") == 6
    first = await world.deliveries(f"order_id = '{order.order_id}'")
    assert all(TRACE in row["traceparent"] for row in first)


@pytest.mark.proves("E-4", "N-3", "L-9")
@pytest.mark.parametrize("point", ["notifier.before_send", "notifier.after_send"])
async def test_a_killed_process_loses_nothing_and_doubles_nothing(world: World, point: str, tmp_path: Path) -> None:
    here = new_city()
    order = paid(here)
    async with world.process(crash_at=f"{point}={tmp_path / 'died'}") as process:
        await world.publish(city(here), order)
        assert await process.wait() == -9
    async with world.process():
        # What the dead process was sending is nobody's until its lease ends.
        await until(lambda: _count(world, 3), what="queued")
        await world.later(timedelta(seconds=31))
        await until(lambda: _everything(world, "delivered"), what="delivered")
    assert sorted(text["to"] for text in await world.messages("sms")) == sorted(OWNERS)
    assert len(await world.messages("email")) == 1
    assert {row["possible_duplicates"] for row in await world.deliveries()} == {0}


@pytest.mark.proves("N-1", "I-3")
@pytest.mark.parametrize("stock_first", [True, False])
@pytest.mark.parametrize(("outcome", "subject"), [
    (StockSold, "Your 2 seats in Dallas, January 23–24"), (StockOversold, "About your seat in Dallas"),
])  # fmt: skip
async def test_without_a_living_hold_the_confirmation_waits_for_stock(
    world: World, outcome: type[StockSold | StockOversold], subject: str, stock_first: bool
) -> None:
    here = new_city()
    order = paid(here, hold_alive=False)
    said = stock(outcome, order, version=9, left=0)
    async with world.notifier():
        await world.publish(city(here))
        await world.publish(*((said, order) if stock_first else (order,)))
        await until(lambda: _count(world, 3), what="queued")
        if not stock_first:
            await until(lambda: _texts_delivered(world), what="the owners hear at once")
            assert await world.messages("email") == []
            await world.publish(said)
        await until(lambda: _everything(world, "delivered"), what="delivered")
        [mail] = await world.messages("email")
    assert mail["subject"] == subject
    assert bool(mail["attachments"]) is (outcome is StockSold)


@pytest.mark.proves("N-1")
async def test_an_old_view_of_stock_is_told_as_such(world: World) -> None:
    here = new_city()
    order = paid(here)
    seen = stock(StockHeld, order, version=2, left=11).model_copy(
        update={"occurred_at": datetime.now(UTC) - timedelta(minutes=5)}
    )
    async with world.notifier():
        await world.publish(city(here), seen, order)
        await until(lambda: _all_delivered(world), what="delivered")
        texts = await world.messages("sms")
    assert all(" Left as of " in text["text"] and ": 11 GA, 3 VIP. Order" in text["text"] for text in texts)


@pytest.mark.proves("E-7")
async def test_a_new_group_sends_no_old_news(world: World) -> None:
    here = new_city()
    old, new = paid(here), paid(here)
    await world.publish(city(here), old)
    async with world.notifier():
        await world.publish(new)
        await until(lambda: _all_delivered(world), what="delivered")
    assert {row["order_id"] for row in await world.deliveries()} == {new.order_id}


async def _count(world: World, count: int) -> bool:
    return len(await world.deliveries()) == count


async def _everything(world: World, state: str) -> bool:
    return {row["state"] for row in await world.deliveries()} == {state}


async def _texts_delivered(world: World) -> bool:
    return await world.states("sms") == ["delivered"] * 2


async def _all_delivered(world: World) -> bool:
    return await _texts_delivered(world) and await world.states("email") == ["delivered"]
