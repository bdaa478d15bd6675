"""Nobody blocks a city with bank debits: how many seats may wait for money that comes later (X-5)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from tests.integration.checkout.world import Answer, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("X-5")]

BOTH, CARD_ONLY = ["card", "us_bank_account"], ["card"]


@pytest.fixture
def seats() -> Mapping[str, int]:
    """Of the 30 seats of General Admission 6 may wait; VIP is low at 5."""
    return {"ga": 30, "vip": 6}


async def offered(world: World, bought: Answer) -> list[str]:
    """The methods of an order's payment page."""
    key = {"Authorization": "Bearer sk_test_sandbox"}
    url = f"{world.sandbox}/stripe/v1/checkout/sessions/{bought.body['sessionId']}"
    found: list[str] = (await world.ask("GET", url, headers=key)).body["payment_method_types"]
    return found


async def test_a_fifth_of_a_pool_may_wait_for_its_money(world: World) -> None:
    first, second = await world.buy(quantity=3), await world.buy(quantity=3)
    assert [await offered(world, each) for each in (first, second)] == [BOTH, BOTH]
    third = await world.buy(quantity=1)
    assert await offered(world, third) == CARD_ONLY
    assert (await world.pay(third.body["sessionId"], "debit_succeeds")).status == 409
    assert (await world.pay(third.body["sessionId"])).status == 200


async def test_many_at_once_do_not_pass_the_share(world: World) -> None:
    """Whoever opens pages first and pays all of them later has no more of the pool."""
    pages = await asyncio.gather(*(world.buy(quantity=2) for _ in range(8)))
    assert [await offered(world, page) for page in pages].count(BOTH) == 3


async def test_seats_that_wait_count_until_the_money_is_there(world: World) -> None:
    waiting = await world.buy(quantity=6)
    await world.pay(waiting.body["sessionId"], "debit_succeeds")
    await world.until_state(waiting.body["orderId"], "payment_pending")
    assert await offered(world, await world.buy(quantity=1)) == CARD_ONLY
    # The money comes; the other buyer's page has ended by then.
    await world.advance_sandbox(4000)
    await world.until_stock(0, 6)
    assert await offered(world, await world.buy(quantity=1)) == BOTH


async def test_a_tier_that_is_nearly_sold_out_is_paid_at_once(world: World) -> None:
    assert await offered(world, await world.buy(ticketType="VIP", quantity=1)) == CARD_ONLY
