"""Buyers change an order's name or address; mailed links agree to it (C-6)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from events import CustomerChangeAsked, OrderCustomerChanged
from tests.fixtures.serving import fresh_connections
from tests.integration.checkout.money import bought
from tests.integration.checkout.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-6")]

OUR_PAGE = {"Sec-Fetch-Site": "same-origin"}
LINK = "/change/link"


@asynccontextmanager
async def browser(world: World) -> AsyncIterator[aiohttp.ClientSession]:
    """One that keeps cookies, and nobody else's."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(world.base, cookie_jar=jar, connector=fresh_connections()) as session:
        yield session


@pytest_asyncio.fixture(loop_scope="module")
async def paid(world: World) -> dict[str, Any]:
    """An order of two seats that is paid."""
    return await bought(world)


@pytest_asyncio.fixture(loop_scope="module")
async def buyer(world: World, paid: dict[str, Any]) -> AsyncIterator[aiohttp.ClientSession]:
    """Whoever has the link to the order."""
    async with browser(world) as session:
        await page(session, f"/success?order={paid['orderId']}&token={paid['orderToken']}")
        yield session


async def page(session: aiohttp.ClientSession, path: str, *, status: int = 200) -> str:
    answer = await session.get(path)
    text = await answer.text()
    assert answer.status == status, text
    return text


async def send(
    session: aiohttp.ClientSession, path: str, *, status: int = 200, sent: Any = OUR_PAGE, **form: str
) -> str:
    answer = await session.post(path, data=form, headers=sent)
    text = await answer.text()
    assert answer.status == status, text
    return text


async def ask(buyer: aiohttp.ClientSession, order: dict[str, Any], *, status: int = 200, **changes: str) -> str:
    form = {"order": order["orderId"], "first_name": "Jordan", "last_name": "Ellis", **changes}
    return await send(buyer, "/change", status=status, **form)


async def links(world: World, order: dict[str, Any]) -> list[CustomerChangeAsked]:
    """The links that were mailed, oldest first."""
    return [event for event in await world.events(order["orderId"]) if isinstance(event, CustomerChangeAsked)]


def token_of(asked: CustomerChangeAsked) -> str:
    return parse_qs(urlsplit(asked.link).query)["token"][0]


async def changes(world: World, order: dict[str, Any]) -> list[OrderCustomerChanged]:
    return [event for event in await world.events(order["orderId"]) if isinstance(event, OrderCustomerChanged)]


async def test_another_address_is_agreed_to_by_the_one_before_and_confirmed_by_itself(
    world: World, paid: dict[str, Any], buyer: aiohttp.ClientSession
) -> None:
    new = f"robin-{world.email}"
    assert world.email in await page(buyer, f"/change?order={paid['orderId']}")
    assert world.email in await ask(buyer, paid, first_name="Robin", email=f" {new} ")
    (first,) = await links(world, paid)
    assert (first.step, first.email, first.new_name, first.new_email) == ("agree", world.email, "Robin Ellis", new)
    async with browser(world) as mailbox:
        assert new in await page(mailbox, f"{LINK}?token={token_of(first)}")
        assert await links(world, paid) == [first]
        for _ in range(2):
            assert new in await send(mailbox, LINK, token=token_of(first))
        _, second = await links(world, paid)
        assert (second.step, second.email, second.first_name) == ("confirm", new, "Robin")
        assert await changes(world, paid) == []
    async with browser(world) as mailbox:
        assert new in await page(mailbox, f"{LINK}?token={token_of(second)}")
        shown = await send(mailbox, LINK, token=token_of(second))
        assert "Robin Ellis" in shown
        assert "The order is changed" in shown
        for each in (first, second):
            assert "That link has ended." in await send(mailbox, LINK, status=410, token=token_of(each))
    (event,) = await changes(world, paid)
    assert (event.previous_email, event.customer.email, event.customer.first_name) == (world.email, new, "Robin")
    detail = await world.ask("GET", f"/api/orders/{paid['orderId']}", headers=world.token())
    assert (detail.body["history"][-1]["who"], detail.body["history"][-1]["why"]) == ("customer", "customer_changed")
    await page(buyer, f"/success?order={paid['orderId']}", status=404)


async def test_a_name_is_changed_as_soon_as_the_address_agrees(
    world: World, paid: dict[str, Any], buyer: aiohttp.ClientSession
) -> None:
    await ask(buyer, paid, first_name="Robin", email=world.email)
    (asked,) = await links(world, paid)
    async with browser(world) as mailbox:
        assert "Robin Ellis" in await send(mailbox, LINK, token=token_of(asked))
    assert [event.customer.first_name for event in await changes(world, paid)] == ["Robin"]
    assert "Robin Ellis" in await page(buyer, f"/success?order={paid['orderId']}")


async def test_a_link_ends_when_the_order_has_another_address_or_something_else_is_wanted(
    world: World, paid: dict[str, Any], buyer: aiohttp.ClientSession
) -> None:
    await ask(buyer, paid, email=f"typo-{world.email}")
    assert "We sent a link a moment ago." in await ask(buyer, paid, status=429, email=f"robin-{world.email}")
    await world.database.execute("UPDATE customer_changes SET asked_at = asked_at - interval '5 minutes'")
    await ask(buyer, paid, email=f"robin-{world.email}")
    first, second = await links(world, paid)
    async with browser(world) as mailbox:
        await page(mailbox, f"{LINK}?token={token_of(first)}", status=410)
        await page(mailbox, f"{LINK}?token={token_of(second)}")
        url = f"/api/admin/orders/{paid['orderId']}/customer"
        by_staff = {"email": f"sam-{world.email}", "reason": "The buyer wrote to us"}
        assert (await world.ask("POST", url, json=by_staff, headers=world.token())).status == 200
        await send(mailbox, LINK, status=410, token=token_of(second))
        await page(mailbox, f"{LINK}?token=forged", status=410)


@pytest.mark.proves("C-11", "X-4")
async def test_what_is_not_asked_for_rightly_sends_nothing(
    world: World, paid: dict[str, Any], buyer: aiohttp.ClientSession
) -> None:
    assert "Write your first name." in await ask(buyer, paid, status=422, first_name=" ", email="jo@example")
    assert "Write what is to be different." in await ask(buyer, paid, status=409, email=world.email)
    elsewhere = {"Sec-Fetch-Site": "cross-site"}
    await send(buyer, "/change", status=403, sent=elsewhere, order=paid["orderId"], email=f"robin-{world.email}")
    async with browser(world) as stranger:
        await page(stranger, f"/change?order={paid['orderId']}", status=404)
        await ask(stranger, paid, status=404, email=f"robin-{world.email}")
        unpaid = (await world.buy()).body
        await page(stranger, f"/success?order={unpaid['orderId']}&token={unpaid['orderToken']}")
        await page(stranger, f"/change?order={unpaid['orderId']}", status=409)
        assert "This order stays as it is." in await ask(stranger, unpaid, status=409, email=f"robin-{world.email}")
    assert await links(world, paid) == []
