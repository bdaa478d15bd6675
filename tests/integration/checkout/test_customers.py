"""Staff changes whose order it is, and where its tickets go (C-6, C-12)."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
import pytest_asyncio

from chassis.tokens import Role
from events import OrderCustomerChanged, OrderRefunded, PassGranted
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.money import bought, refund, until_settled
from tests.integration.checkout.world import Answer, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-6")]

WHY = {"reason": "The buyer wrote to us"}


@pytest_asyncio.fixture(loop_scope="module")
async def paid(world: World) -> dict[str, Any]:
    """An order of two seats that is paid."""
    return await bought(world)


async def change(world: World, order: dict[str, Any], *, role: Role = Role.ADMIN, **body: Any) -> Answer:
    url = f"/api/admin/orders/{order['orderId']}/customer"
    return await world.ask("POST", url, json={**WHY, **body}, headers=world.token(role))


async def told(world: World, order: dict[str, Any]) -> list[OrderCustomerChanged]:
    return [event for event in await world.events(order["orderId"]) if isinstance(event, OrderCustomerChanged)]


async def found(world: World, email: str) -> list[str]:
    answer = await world.ask("GET", f"/api/orders?email={email}", headers=world.token())
    return [row["orderId"] for row in answer.body["data"]]


async def until_told(following: aiohttp.ClientResponse, words: str) -> None:
    """Reads what an open page is told until it is told this."""
    async for line in following.content:
        if words in line.decode():
            return
    raise AssertionError(f"the stream ended without {words}")


async def test_everything_that_follows_goes_to_the_new_address(world: World, paid: dict[str, Any]) -> None:
    new = f"robin-{world.email}"
    answer = await change(world, paid, firstName="Robin", email=f" {new} ")
    assert (answer.status, answer.body["firstName"], answer.body["lastName"]) == (200, "Robin", "Ellis")
    assert (await found(world, new.upper()), await found(world, world.email)) == ([paid["orderId"]], [])
    assert (await change(world, paid, firstName="Robin", email=new)).body["version"] == answer.body["version"]
    (event,) = await told(world, paid)
    assert (event.previous_email, event.customer.email, event.customer.first_name) == (world.email, new, "Robin")
    assert [ticket.seat for ticket in event.tickets] == [1, 2]
    await refund(world, paid, seats=[2])
    await until_settled(world, paid, ["done"])
    refunds = [each for each in await world.events(paid["orderId"]) if isinstance(each, OrderRefunded)]
    assert [each.customer.email for each in refunds] == [new]


@pytest.mark.proves("X-4")
async def test_a_link_ends_with_the_address_that_it_was_sent_to(world: World, paid: dict[str, Any]) -> None:
    page = f"/api/orders/{paid['orderId']}?token="
    old = page + paid["orderToken"]
    stream = world.http.get(f"{world.base}{old.replace('?', '/events?')}")
    async with stream as following:
        await change(world, paid, firstName="Robin", email=world.email.upper())
        assert (await world.ask("GET", old)).body["customer"]["firstName"] == "Robin"
        await until_told(following, "Robin")
        await change(world, paid, email=f"robin-{world.email}")
        assert "robin-" not in (await following.content.read()).decode()
    ended, wrong = await world.ask("GET", old), await world.ask("GET", page + "guessed")
    assert (ended.status, ended.body["code"]) == (wrong.status, wrong.body["code"]) == (404, "unknown_order")
    (*_, event) = await told(world, paid)
    link = parse_qs(urlsplit(event.link or "").query)["token"]
    assert (await world.ask("GET", page + link[0])).body["customer"]["email"] == f"robin-{world.email}"
    shown = await world.ask("GET", f"/success?order={paid['orderId']}&token={paid['orderToken']}")
    assert (shown.status, "/find-my-purchase" in shown.body) == (404, True)


@pytest.mark.proves("C-12")
async def test_two_who_change_it_at_once_come_one_after_the_other(world: World, paid: dict[str, Any]) -> None:
    names = ["Ann", "Ben", "Cay"]
    answers = await asyncio.gather(*(change(world, paid, firstName=name) for name in names))
    assert {answer.status for answer in answers} == {200}
    events = await told(world, paid)
    assert sorted(event.customer.first_name for event in events) == names
    assert [event.version for event in events] == sorted({answer.body["version"] for answer in answers})
    assert (await world.orders())[0]["first_name"] == events[-1].customer.first_name


async def test_what_is_not_changed_is_said_with_a_code(world: World) -> None:
    order = (await world.buy()).body
    refused = await change(world, order, firstName="Robin")
    assert (refused.status, refused.body["code"]) == (409, "order_not_paid")
    wrongs: list[dict[str, Any]] = [{}, {"email": "jo@example"}, {"phone": "1"}]
    for wrong in (*wrongs, {"firstName": " "}, {"lastName": "a\nb"}):
        assert (await change(world, order, **wrong)).status == 422, wrong
    assert (await change(world, order, role=Role.OPERATOR, firstName="Robin")).status == 403
    nobody = {"orderId": "00000000-0000-7000-8000-000000000000"}
    assert (await change(world, nobody, firstName="Robin")).status == 404


@pytest.mark.proves("O-1")
async def test_by_command(world: World, paid: dict[str, Any]) -> None:
    number = (await world.orders())[0]["number"]
    shown = f"{number[:4]}-{number[4:]}"
    done = await fullhouse(world, "orders", "change", shown, "--last-name", "Hale", "--reason", "married")
    assert (done.returncode, done.stdout) == (0, f"Order {shown} is of Jordan Hale, {world.email} now.\n")
    nothing = await fullhouse(world, "orders", "change", shown, "--reason", "married")
    assert (nothing.returncode, "Name what is to change" in nothing.stderr) == (2, True)


async def checks(world: World) -> int:
    """How many comparisons customers have begun since the test began."""
    sql = "SELECT count(*) FROM reconciliation_runs WHERE started_by = 'customer' AND started_at >= $1"
    return int(await world.database.fetchval(sql, world.began))


@pytest.mark.proves("R-3")
async def test_who_looks_for_a_purchase_has_it_compared_with_the_processor(surroundings: World) -> None:
    """Whose webhook is lost, and whom nobody asks about: paid a moment later. Once a minute, in the same words."""
    world = surroundings
    await world.start_checkout(CHECKOUT_POLL_SECONDS="86400")
    await world.fault(kind="drop_webhook", count=1000)
    bought = (await world.buy(quantity=1)).body
    await world.pay(bought["sessionId"])

    async def look(email: str) -> Answer:
        return await world.ask("POST", "/find-my-purchase", data={"email": email}, headers={"Origin": world.base})

    asked, nobody = [await look(world.email) for _ in range(2)], await look(f"nobody-{world.email}")
    assert {answer.status for answer in (*asked, nobody)} == {200}
    assert asked[0].body == asked[1].body == nobody.body
    assert "has not reached us" in nobody.body
    await world.until_state(bought["orderId"], "paid")
    assert await checks(world) == 2, "one of each address"
    call = {"kind": "missing_purchase", "text": "I paid.", "email": f"caller-{world.email}"}
    for kind in ("other", "missing_purchase"):
        answer = await world.ask("POST", "/api/support", json={**call, "kind": kind})
        assert answer.status == 200, answer
    assert await checks(world) == 3, "of who says that something is missing, and of no other call"


@pytest.mark.proves("R-3")
async def test_the_page_of_passes_looks_for_what_its_owner_misses(surroundings: World) -> None:
    """Not where nothing is missing, and once however often it is opened."""
    world = surroundings
    await world.start_checkout(CHECKOUT_POLL_SECONDS="86400")
    wish = {"email": world.email, "pass": "ten-classes", "reason": "a gift"}
    given = await world.ask("POST", "/api/admin/passes", json=wish, headers=world.token())
    assert given.status == 200, given

    async def link() -> str:
        granted = [event for event in await world.events(given.body["passId"]) if isinstance(event, PassGranted)]
        return granted[0].link.partition("token=")[2] if granted else ""

    async def told() -> bool:
        return bool(await link())

    await world.until(told, "the link to the pass")
    cookie = {"Cookie": f"fullhouse_passes={await link()}"}
    assert "We look for it each time" in (await world.ask("GET", "/passes", headers=cookie)).body
    assert await checks(world) == 0
    await world.fault(kind="drop_webhook", count=1000)
    bought = (await world.buy(quantity=1)).body
    await world.pay(bought["sessionId"])
    assert {(await world.ask("GET", "/passes", headers=cookie)).status for _ in range(3)} == {200}
    await world.until_state(bought["orderId"], "paid")
    assert await checks(world) == 1
