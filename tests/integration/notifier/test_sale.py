"""From a paid order to the owners' phones and the buyer's inbox, on the real stack."""

from __future__ import annotations

import base64

import pytest

from chassis.ids import display_number
from events import StockHeld
from tests.integration.notifier.facts import city, new_city, paid, stock
from tests.integration.notifier.harness import OWNERS, World, until

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("N-1", "N-2", "N-3", "N-8", "N-12", "X-8", "E-7")
async def test_a_sale_reaches_the_owners_and_the_buyer(world: World) -> None:
    here = new_city()
    order = paid(here)
    async with world.notifier():
        await world.publish(city(here), stock(StockHeld, order, version=4, left=27), order)
        await until(lambda: _all_delivered(world), what="all delivered")
        texts = await world.messages("sms")
        [mail] = await world.messages("email")
    assert sorted(text["to"] for text in texts) == sorted(OWNERS)
    number = display_number(order.number)
    assert {text["text"] for text in texts} == {
        f"Sold: 2 GA, Dallas, $958.40, member. Left: 27 GA, 3 VIP. Order {number}"
    }
    assert mail["to"] == order.customer.email
    assert mail["subject"] == "Your 2 seats in Dallas, January 23–24"
    assert "You’re in, Jordan." in mail["html"]
    names = [attachment["filename"] for attachment in mail["attachments"]]
    assert names == [f"{number}-1.png", f"{number}-2.png", f"{here}.ics"]
    assert base64.b64decode(mail["attachments"][2]["content"]).startswith(b"BEGIN:VCALENDAR")
    for kind, count in {"notification.queued": 3, "notification.sent": 3, "notification.delivered": 3}.items():
        assert await world.told(kind) == count


@pytest.mark.proves("E-7", "N-8")
async def test_answering_and_working_may_be_two_processes(world: World) -> None:
    here = new_city()
    async with world.split_notifier():
        await world.publish(city(here), paid(here))
        await until(lambda: _all_delivered(world), what="receipts that one took settle what the other sent")
        status, listed = await world.get("/api/notifications")
    assert (status, len(listed["data"])) == (200, 3)


async def _all_delivered(world: World) -> bool:
    return await world.states("sms") == ["delivered"] * 2 and await world.states("email") == ["delivered"]
