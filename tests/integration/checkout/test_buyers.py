"""Nobody blocks a city with a script: what one buyer may begin and hold at a time (X-5)."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.checkout.world import Answer, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-11", "X-5")]

HERE, THERE, ELSEWHERE = "203.0.113.7", "198.51.100.7", "192.0.2.7"


@pytest_asyncio.fixture(loop_scope="module")
async def world(surroundings: World) -> World:
    """With the limit that is shipped; nobody holds anything yet."""
    await surroundings.start_checkout(OPEN_SEATS_PER_BUYER="12")
    await surroundings.database.execute("DELETE FROM open_seats")
    return surroundings


async def buy(world: World, name: str, address: str, quantity: int = 6, **changes: Any) -> Answer:
    customer = {**world.wish()["customerData"], "email": f"{name}@{world.city}.example.com"}
    return await world.buy(address=address, quantity=quantity, customerData=customer, **changes)


async def test_an_address_and_an_email_hold_twelve_unpaid_seats_each(world: World) -> None:
    assert [(await buy(world, f"a{number}", HERE)).status for number in range(2)] == [200, 200]
    refused = await buy(world, "a3", HERE, quantity=1)
    assert (refused.status, refused.body["code"]) == (429, "rate_limited")
    assert int(refused.headers["Retry-After"]) > 0
    assert [(await buy(world, "pat", f"198.51.100.{number}")).status for number in range(3)] == [200, 200, 429]
    assert (await buy(world, "PAT", THERE)).status == 429
    assert await world.stock() == (24, 0)


async def test_what_is_paid_or_let_go_no_longer_counts(world: World) -> None:
    first, second = await buy(world, "pat", HERE), await buy(world, "pat", HERE)
    assert (await buy(world, "pat", HERE)).status == 429
    await world.pay(first.body["sessionId"])
    await world.until_state(first.body["orderId"], "paid")
    third = await buy(world, "pat", HERE)
    assert third.status == 200
    cookies = {"order": second.body["orderId"]}
    token = {"Cookie": f"fullhouse_order_{second.body['orderId'].replace('-', '')}={second.body['orderToken']}"}
    left = await world.ask("POST", "/cancel", data=cookies, headers={**token, "Sec-Fetch-Site": "same-origin"})
    assert left.status == 200
    await world.until_state(second.body["orderId"], "expired")
    assert (await buy(world, "pat", HERE)).status == 200


async def test_many_at_once_hold_no_more(world: World) -> None:
    answers = await asyncio.gather(*(buy(world, f"a{number}", HERE, quantity=4) for number in range(12)))
    assert Counter(answer.status for answer in answers) == {200: 3, 429: 9}
    await world.until_stock(12, 0)


async def test_codes_can_not_be_guessed_by_asking_for_prices(world: World) -> None:
    form = {"city": world.city, "tier": "ga", "quantity": "1", "action": "price"}
    headers = {"X-Forwarded-For": ELSEWHERE}
    found = [
        (await world.ask("POST", "/register", data={**form, "code": f"TRY{number}"}, headers=headers))
        for number in range(61)
    ]
    assert [answer.status for answer in found] == [*60 * [200], 429]


async def test_an_email_begins_ten_purchases_a_minute_from_wherever(surroundings: World) -> None:
    world = surroundings
    await world.start_checkout()
    tried = [await buy(world, "pat", f"198.51.100.{number}", quantity=1) for number in range(11)]
    assert [answer.status for answer in tried] == [*10 * [200], 429]
    repeated = await buy(world, "ann", HERE, quantity=1, key=world.key)
    for _ in range(12):
        assert (await buy(world, "ann", HERE, quantity=1, key=world.key)).body == repeated.body, (
            "a repeat begins nothing"
        )
