"""Stock levels on the whole stack: owners hear of a crossing once, and configuration alone says at how many seats."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.fixtures.stack import WholeStack
from tests.integration.thread.shop import Json, Shop, all_complete, eventually, steady

pytestmark = pytest.mark.asyncio

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
    assert {text["text"].partition(". Reply")[0] for text in await stock_texts(shop)} == {
        f"HIGH: INVENTORY LOW: {CITY} GA - {LEFT} tickets remaining"
    }


async def stock_texts(shop: Shop) -> list[Json]:
    texts: list[Json] = (await shop.control("GET", "messages?channel=sms&limit=500"))["data"]
    return [text for text in texts if "INVENTORY" in text["text"] and CITY in text["text"]]


SEATS = 35
CHANGED = f"""
default:
  - {{atOrBelow: [{SEATS}], level: LOW}}
  - {{atOrBelow: [{SEATS - 2}], level: CRITICAL}}
  - {{atOrBelow: [0], level: SOLD OUT}}
city: {{atOrBelowPercent: 10, level: LOW}}
"""


@pytest.mark.proves("A-3", "I-1", "I-9", "O-13")
async def test_a_changed_threshold_is_followed_by_status_and_alert_without_a_restart(
    shop: Shop, stack: WholeStack, tmp_path: Path
) -> None:
    city = "thread-levels"
    folder = shutil.copytree(stack.value("CONFIG_DIR"), tmp_path / "config")
    with stack.with_env("inventory", {"CONFIG_DIR": str(folder)}):
        await eventually(lambda: shown(shop, city, "available"))
        (folder / "stock-levels.yaml").write_text(CHANGED)
        await eventually(lambda: shown(shop, city, "low"))
        await shop.pay(await shop.place(city, quantity=2))
        alerts: list[Json] = []

        async def raised() -> bool:
            _, found = await shop.ask("GET", "/api/alerts?rule=stock_level&status=firing&limit=500")
            alerts[:] = [alert for alert in found["data"] if alert["labels"]["city"] == city]
            return bool(alerts)

        await eventually(raised)
    [alert] = alerts
    assert (alert["labels"]["threshold"], alert["severity"]) == (str(SEATS - 2), "high")
    assert alert["summary"] == f"INVENTORY CRITICAL: {city} GA - {SEATS - 2} tickets remaining"
    await shop.ask("POST", f"/api/alerts/{alert['id']}/resolve", {})


async def shown(shop: Shop, city: str, status: str) -> bool:
    stock = await shop.stock(city)
    return bool(stock["status"]["ga"] == status)
