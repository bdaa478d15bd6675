"""The waiting list on the whole stack: a seat that comes back is mailed to the first in line, who takes it."""

from __future__ import annotations

import asyncio
import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.integration.thread.shop import Purchase, Shop, eventually

pytestmark = pytest.mark.asyncio

CITY = "thread-line"
SEATS = 3
LINK = re.compile(r"http\S+/waitlist/place\?place=\S+")


@pytest.mark.proves("I-10", "X-4", "W-1", "N-1")
async def test_a_seat_that_comes_back_goes_to_the_first_in_line(shop: Shop) -> None:
    purchases = [await shop.place(CITY, tier="vip") for _ in range(SEATS)]
    status, refused = await shop.checkout(CITY, tier="vip", email="ann@example.com")
    assert (status, refused["code"]) == (409, "sold_out")
    assert refused["waitlistUrl"].endswith(f"/waitlist?city={CITY}&tier=vip&quantity=1")
    assert [await joins(shop, name) for name in ("ann.line", "ben.line", "ann.line")] == [0, 1, 0]
    link = await mailed(shop, "ann.line", "You are in line")
    assert "Nobody is ahead of you." in await shop.page(link)

    await shop.expire(purchases[0])
    link = await mailed(shop, "ann.line", "Yours until")
    offered = await shop.page(link)
    assert "A seat is held for you." in offered
    status, refused = await shop.checkout(CITY, tier="vip", email="eve@example.com")
    assert (status, refused["code"]) == (409, "sold_out")
    status, bought = await shop.checkout(CITY, tier="vip", email="ann.line@example.com", place=place_of(link))
    assert status == 200, bought
    purchase = Purchase(order_id=bought["orderId"], session_id=bought["sessionId"], email="ann.line@example.com")
    await shop.pay(purchase)

    async def paid() -> bool:
        return str((await shop.order(purchase))["state"]) == "paid"

    await eventually(paid)
    assert "You have taken your offer." in await shop.page(link)
    told = await asyncio.to_thread(shop.stack.fullhouse, "waitlist", "list", "--city", CITY, "--json")
    listed = json.loads(told)["data"]
    assert [(each["firstName"], each["state"]) for each in listed] == [("Ann.Line", "taken"), ("Ben.Line", "waiting")]


async def joins(shop: Shop, name: str) -> int:
    """How many are ahead."""
    wish = {"cityId": CITY, "ticketType": "VIP", "firstName": name.title(), "email": f"{name}@example.com"}
    status, joined = await shop.ask("POST", "/api/waitlist", wish)
    assert status == 200, joined
    return int(joined["ahead"])


async def mailed(shop: Shop, name: str, subject: str) -> str:
    """The link in the person's only e-mail that begins like this."""
    links: list[str] = []

    async def arrived() -> bool:
        mails = [mail for mail in await shop.messages("email") if mail["to"] == f"{name}@example.com"]
        links[:] = [LINK.search(mail["text"])[0] for mail in mails if mail["subject"].startswith(subject)]  # type: ignore[index]
        return bool(links)

    await eventually(arrived)
    (link,) = links
    return link


def place_of(link: str) -> str:
    return parse_qs(urlsplit(link).query)["place"][0]
