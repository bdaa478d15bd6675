"""A pass is bought on the way of seats, without any to hold, and ends with its money (C-9)."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest

from chassis.tokens import Role
from events import OrderPaid
from tests.integration.checkout.world import Answer, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-9")]


async def buy(world: World, *, key: str | None = None, **changes: Any) -> Answer:
    customer = world.wish()["customerData"]
    body = {"passId": "ten-classes", "isSixFBMember": False, "customerData": customer, **changes}
    headers = {"Idempotency-Key": key} if key else {}
    return await world.ask("POST", "/api/passes/buy", json=body, headers=headers)


def cookie(bought: dict[str, Any]) -> dict[str, str]:
    return {"Cookie": f"fullhouse_order_{UUID(bought['orderId']).hex}={bought['orderToken']}"}


async def passes_of(world: World) -> list[dict[str, Any]]:
    answer = await world.ask("GET", f"/api/admin/passes?email={world.email}", headers=world.token())
    found: list[dict[str, Any]] = answer.body["data"]
    return found


async def test_a_pass_is_bought_once_shown_on_its_orders_page_and_ended_by_a_refund(world: World) -> None:
    bought, again = [(await buy(world, key=world.key)).body for _ in range(2)]
    assert (bought["orderId"], bought["amount"]) == (again["orderId"], 18000)
    page = f"/success?order={bought['orderId']}"
    waiting = await world.ask("GET", page, headers=cookie(bought))
    assert (waiting.status, "no pass here yet" in waiting.body) == (200, True)
    await world.pay(bought["sessionId"])
    await world.until_state(bought["orderId"], "paid")

    async def granted() -> bool:
        return bool(await passes_of(world))

    await world.until(granted, "the pass is granted")
    paid = next(event for event in await world.events(bought["orderId"]) if isinstance(event, OrderPaid))
    assert (paid.seats, paid.tickets, paid.lines[0].name) == ((), (), "Ten classes")
    other = (await buy(world)).body
    assert (await world.ask("GET", page, headers=cookie(bought))).body.count('class="qr"') == 1
    assert (
        "no pass here yet" in (await world.ask("GET", f"/cancel?order={other['orderId']}", headers=cookie(other))).body
    )
    assert (await world.ask("GET", "/", headers=cookie(other))).status == 200
    for path in ("/staff/orders", f"/staff/orders/{bought['orderId']}", f"/staff/orders/{bought['orderId']}/refund"):
        assert (await world.ask("GET", path, headers=world.token())).status == 200, path
    await is_used_at_the_desk(world, bought)
    refund = f"/api/admin/orders/{bought['orderId']}/refund"
    asked = await world.ask("POST", refund, json={"reason": "ill", "returnSeats": False}, headers=world.token())
    assert asked.status < 300, asked

    async def ended() -> bool:
        return [each["state"] for each in await passes_of(world)] == ["ended"]

    await world.until(ended, "the pass ends with its money")


async def is_used_at_the_desk(world: World, bought: dict[str, Any]) -> None:
    """Found by code, number or address, and an entry taken off it: once, however often the button is pressed."""
    (held,) = await passes_of(world)
    page, operator = f"/staff/passes/{held['passId']}", world.token(Role.OPERATOR)
    for text in (held["orderNumber"], world.email):
        found = await world.ask("GET", f"/staff/passes?text={quote(text)}", headers=operator)
        assert (found.status, page in found.body, world.email in found.body.replace(f'value="{world.email}"', "")) == (
            200,
            True,
            False,
        )
    scanned = await world.ask("GET", f"/staff/passes?text={quote(held['code'])}", headers=operator)
    assert (scanned.status, "10 of 10 left" in scanned.body) == (200, True)
    pressed = [
        await world.ask("POST", f"{page}/use", data={"place": "Studio two", "key": world.key}, headers=operator)
        for _ in range(2)
    ]
    assert [(each.status, "Entry 1 is used" in each.body, "9 of 10 left" in each.body) for each in pressed] == [
        (200, True, True)
    ] * 2
    (use,) = (await world.ask("GET", f"/api/admin/passes/{held['passId']}", headers=operator)).body["uses"]
    mistake = {"use_id": use["useId"], "reason": "scanned for somebody else"}
    undone = [await world.ask("POST", f"{page}/undo", data=mistake, headers=operator) for _ in range(2)]
    assert [(each.status, "Entry 1 is undone" in each.body, "10 of 10 left" in each.body) for each in undone] == [
        (200, True, True)
    ] * 2
    assert "scanned for somebody else" in undone[1].body
    asked = {"useId": use["useId"], "reason": "once more"}
    again = await world.ask("POST", f"/api/passes/{held['passId']}/undo", json=asked, headers=operator)
    assert (again.status, again.body["number"], again.body["entriesLeft"]) == (200, 1, 10)
    viewer = world.token(Role.VIEWER)
    assert (await world.ask("POST", f"{page}/undo", data=mistake, headers=viewer)).status == 403
    assert "Use one entry" not in (await world.ask("GET", page, headers=viewer)).body
    assert (await world.ask("POST", f"{page}/use", data={"key": "k"}, headers=viewer)).status == 403
    assert (await world.ask("GET", f"/staff/passes/{bought['orderId']}", headers=viewer)).status == 404


async def test_what_can_not_be_bought_is_told(world: World) -> None:
    member = await buy(world, isSixFBMember=True, expectedAmount=18000)
    assert (member.status, member.body["code"]) == (409, "price_changed")
    assert (await buy(world, isSixFBMember=True, expectedAmount=16200)).status == 200
    unknown = await buy(world, passId="eleven-classes")
    assert (unknown.status, unknown.body["code"]) == (404, "unknown_pass_kind")
    nobody = await buy(world, customerData={**world.wish()["customerData"], "email": "nobody"})
    assert (nobody.status, list(nobody.body["fields"])) == (422, ["customerData.email"])


async def test_the_page_sells_a_pass_and_says_what_stands_in_the_way(world: World) -> None:
    shop = await world.ask("GET", "/")
    assert "/passes/buy?pass=ten-classes" in shop.body
    form = await world.ask("GET", "/passes/buy?pass=ten-classes")
    assert (form.status, "$180.00" in form.body, "members 10% off" in form.body) == (200, True, True)
    asked = {"pass": "ten-classes", "attempt": world.key, "first_name": "Jordan", "last_name": "Ellis"}
    wrong = await world.ask("POST", "/passes/buy", data={**asked, "email": "nobody"})
    assert (wrong.status, "Please check these:" in wrong.body) == (422, True)
    mine = {**asked, "email": world.email, "member": "yes"}
    assert [(await world.ask("POST", "/passes/buy", data=mine)).status for _ in range(2)] == [200, 200]
    orders = await world.database.fetch("SELECT amount FROM orders WHERE email_key = $1", world.email)
    assert [row["amount"] for row in orders] == [16200]
    assert (await world.ask("GET", "/passes/buy?pass=eleven")).status == 404
