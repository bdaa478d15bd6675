"""Members pay less: by the business's list where there is one, and nobody learns who is on it (C-3)."""

from __future__ import annotations

from typing import Any

import pytest

from events import OrderPaid
from tests.integration.checkout.world import Answer, World, city_entry, load, terms

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-3")]


async def as_member(world: World, email: str, **changes: Any) -> Answer:
    customer = {**world.wish()["customerData"], "email": email}
    return await world.buy(quantity=1, isSixFBMember=True, customerData=customer, **changes)


async def verify(world: World, email: str) -> Answer:
    return await world.ask("POST", "/api/verify-member", json={"email": email})


async def test_the_list_decides_about_the_price_and_is_told_to_nobody(world: World) -> None:
    before = await verify(world, world.email)
    assert (before.status, before.body["listedOnly"]) == (200, False)
    listed = terms().model_copy(update={"roster": frozenset({world.email})})
    await load(world.database, [city_entry(world.city)], listed)

    async def heard() -> bool:
        return bool((await verify(world, world.email)).body["listedOnly"])

    await world.until(heard, "the list is loaded")
    member, stranger = await verify(world, world.email.upper()), await verify(world, "stranger@example.com")
    assert (member.status, member.body) == (stranger.status, stranger.body)
    assert {name for name in member.headers if name != "Date"} == {name for name in stranger.headers if name != "Date"}
    assert (await as_member(world, world.email.upper())).body["amount"] == 47920
    assert (await as_member(world, "stranger@example.com")).body["amount"] == 59900
    assert (await verify(world, "nobody")).status == 422


async def test_the_first_order_as_a_member_after_others_is_a_conversion(world: World) -> None:
    kinds = []
    for member in (False, True, True):
        bought = (await world.buy(quantity=1, isSixFBMember=member)).body
        await world.pay(bought["sessionId"])
        await world.until_state(bought["orderId"], "paid")
        paid = [event for event in await world.events(bought["orderId"]) if isinstance(event, OrderPaid)]
        kinds += [event.customer.kind for event in paid]
    assert kinds == ["new", "converted", "returning"]
