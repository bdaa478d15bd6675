"""I-4 on the whole stack: no seat twice, no paid seat given away, whatever waits or dies."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from uuid import uuid4

import pytest

from tests.integration.thread.shop import Json, Purchase, Shop, eventually, is_complete

pytestmark = pytest.mark.asyncio

SEATS = 35
PAID_WHILE_AWAY = 50
STILL_FREE = 5
LATE_BUYERS = 100
BUSY = 503
# The latest one first: a request that died at one of them doesn't pass the next one when it is repeated.
CRASH_POINTS = ("checkout.after_session", "checkout.after_commit", "checkout.after_hold")
QUICK = {"CHECKOUT_LEASE_SECONDS": "1"}


@pytest.mark.proves("I-4", "I-5", "C-1")
async def test_five_hundred_buyers_at_once_for_thirty_five_seats(shop: Shop) -> None:
    city = "thread-crowd"
    answers = await asyncio.gather(*(buys(shop, city, number) for number in range(500)))
    statuses = Counter(status for status, _ in answers)
    refusals = [body for status, body in answers if status == 409]
    assert statuses[200] + statuses[202] == SEATS
    assert len(refusals) == 500 - SEATS, statuses
    assert {(body["code"], body["available"]["ga"]) for body in refusals} == {("sold_out", 0)}
    stock = await shop.stock(city)
    assert stock["held"]["ga"] == SEATS
    assert stock["publicAvailable"]["ga"] == 0


async def buys(shop: Shop, city: str, number: int) -> tuple[int, Json]:
    """A client that repeats its request, with its key, as long as it is told that the shop is busy."""
    key, email = f"crowd-{number:03}-{uuid4()}", f"buyer{number}@example.com"
    while (answer := await shop.checkout(city, email=email, key=key))[0] == BUSY:
        await asyncio.sleep(1)
    return answer


@pytest.mark.proves("I-2", "I-3", "E-4")
async def test_paid_orders_that_wait_in_kafka_come_before_new_buyers(shop: Shop) -> None:
    """Inventory is away for longer than a hold lives; at its return the paid seats are sold, not given away."""
    city = "thread-backlog"
    purchases = await asyncio.gather(*(shop.place(city) for _ in range(PAID_WHILE_AWAY)))
    shop.stack.stop("inventory")
    await asyncio.gather(*map(shop.pay, purchases))

    async def all_paid() -> bool:
        return all([(await shop.order(purchase))["state"] == "paid" for purchase in purchases])

    await eventually(all_paid)
    await shop.advance_clock("inventory", 2)
    try:
        shop.stack.start("inventory")
        answers = await asyncio.gather(
            *(shop.checkout(city, email=f"late{number}@example.com") for number in range(LATE_BUYERS))
        )
        bought = sum(status in (200, 202) for status, _ in answers)

        async def settled() -> bool:
            return int((await shop.stock(city))["sold"]["ga"]) == PAID_WHILE_AWAY

        await eventually(settled)
    finally:
        await shop.advance_clock("inventory", 0)
    assert bought == STILL_FREE
    sql = "SELECT oversold FROM pools WHERE city_id = $1 AND tier = 'ga'"
    assert await shop.run_sql("inventory", sql, city) == 0


@pytest.mark.proves("C-1", "E-4")
async def test_checkout_killed_between_hold_and_session_loses_and_doubles_nothing(
    shop: Shop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """At three points, one after the other: the process that comes after a crash dies at the next point."""
    city = "thread-crash"
    held_before = (await shop.stock(city))["held"]["ga"]
    markers = tmp_path_factory.mktemp("crash")
    crashes = [{"FULLHOUSE_CRASH_AT": f"{point}={markers / point}", **QUICK} for point in CRASH_POINTS]
    with shop.stack.with_env("checkout", crashes[0]):
        for point, following in zip(CRASH_POINTS, [*crashes[1:], QUICK], strict=True):
            shop.stack.set_env("checkout", following)
            await require_one_sale(shop, city, key=f"crash-{point}", marker=markers / point)

    async def nothing_left_over() -> bool:
        return bool((await shop.stock(city))["held"]["ga"] == held_before)

    await eventually(nothing_left_over)


def made(marker: Path) -> bool:
    """The process that died has left it."""
    return marker.exists()


async def require_one_sale(shop: Shop, city: str, *, key: str, marker: Path) -> None:
    """The first request dies with its process; what comes of its repeat is one paid order with one payment page."""
    first = await shop.checkout_with_key(city, key)
    assert first is None or first[0] >= 500
    assert made(marker)
    shop.stack.wait_ready("checkout")
    body = await answer_again(shop, city, key)
    purchase = Purchase(order_id=body["orderId"], session_id=body["sessionId"], email="crash@example.com")
    await shop.pay(purchase)

    async def paid_with_its_ticket() -> bool:
        order = await shop.order(purchase)
        return order["state"] == "paid" and len(order["tickets"]) == 1

    await eventually(paid_with_its_ticket)
    assert len(await shop.sessions_of(purchase)) == 1


async def answer_again(shop: Shop, city: str, key: str) -> dict[str, str]:
    """The client's repeat with the same key, until the sweeper or the request has brought the purchase to an end."""
    found: dict[str, str] = {}

    async def answered() -> bool:
        answer = await shop.checkout_with_key(city, key)
        if answer is None or answer[0] != 200:
            return False
        found.update(answer[1])
        return True

    await eventually(answered)
    return found


@pytest.mark.proves("E-4", "L-9")
@pytest.mark.parametrize("victim", ["checkout", "inventory", "notifier", "monitor", "kafka", "postgres"])
async def test_a_part_killed_in_the_middle_of_a_sale_comes_back_and_the_sale_is_whole(shop: Shop, victim: str) -> None:
    purchase = await shop.place("thread-crash")
    await shop.pay(purchase)
    shop.stack.kill(victim)
    shop.stack.wait_ready(victim)
    # A webhook that met the dead part comes again on Stripe's schedule, which takes hours.
    await shop.control("POST", "clock/advance", {"seconds": 4 * 3600})
    await eventually(lambda: whole(shop, purchase), seconds=60)


async def whole(shop: Shop, purchase: Purchase) -> bool:
    try:
        return await is_complete(shop, purchase)
    except (AssertionError, OSError, ValueError, KeyError):
        return False  # the part is not back yet
