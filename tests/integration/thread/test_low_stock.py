"""A-3 on the whole stack: the sale that takes a pool to its threshold is told to the owners, once."""

from __future__ import annotations

import pytest

from tests.integration.thread.shop import Json, Shop, all_complete, eventually, steady

pytestmark = [pytest.mark.asyncio, pytest.mark.timeout(180)]

CITY = "thread-low"
MOST = 6
BEFORE = 4
LAST = 2
LEFT = 35 - BEFORE * MOST - LAST


@pytest.mark.proves("A-3", "I-9", "N-1", "N-14")
async def test_an_owners_phone_gets_one_text_of_the_sale_that_crossed_the_threshold(shop: Shop) -> None:
    purchases = [await shop.place(CITY, quantity=MOST) for _ in range(BEFORE)]
    for purchase in purchases:
        await shop.pay(purchase)
    await eventually(lambda: all_complete(shop, purchases))
    assert await stock_texts(shop) == []

    crossing = await shop.place(CITY, quantity=LAST)
    await shop.pay(crossing)
    owners = shop.stack.value("SMS_TARGET_NUMBERS").split(",")

    async def told_once() -> bool:
        found = [text["to"] for text in await stock_texts(shop)]
        return all(found.count(number) == 1 for number in owners) and len(found) == len(set(found))

    await eventually(told_once)
    await steady(told_once)
    assert {text["text"].partition(" Reply")[0] for text in await stock_texts(shop)} == {
        f"HIGH: INVENTORY LOW: {CITY} GA - {LEFT} tickets remaining"
    }


async def stock_texts(shop: Shop) -> list[Json]:
    texts: list[Json] = (await shop.control("GET", "messages?channel=sms&limit=500"))["data"]
    return [text for text in texts if "INVENTORY" in text["text"] and CITY in text["text"]]
