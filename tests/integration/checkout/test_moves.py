"""A person moves an order's seats: held first, then moved in one step, with new tickets (I-3)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from chassis.tickets import TicketVerifier, issue_of
from chassis.tokens import Role
from events import OrderSeatsMoved, OrderTicketsRequested
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.world import TICKETS, Answer, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("I-3", "C-5")]


@pytest.fixture
def seats() -> Mapping[str, int]:
    return {"ga": 4, "vip": 3}


async def paid(world: World, **changes: Any) -> dict[str, Any]:
    bought: dict[str, Any] = (await world.buy(**changes)).body
    await world.pay(bought["sessionId"])
    await world.until_state(bought["orderId"], "paid")
    return bought


async def move(world: World, order: dict[str, Any], *, role: Role = Role.ADMIN, **where: Any) -> Answer:
    body = {"cityId": world.city, "tier": "vip", "reason": "the room is full", **where}
    url = f"/api/admin/orders/{order['orderId']}/move"
    return await world.ask("POST", url, json=body, headers=world.token(role))


async def until_seats(world: World, *, ga: tuple[int, int], vip: tuple[int, int]) -> None:
    async def there() -> bool:
        return (await world.stock(), await world.stock(tier="vip")) == (ga, vip)

    await world.until(there, f"GA {ga} and VIP {vip} held and sold")


async def document(world: World, order: dict[str, Any]) -> dict[str, Any]:
    answer = await world.ask("GET", f"/api/orders/{order['orderId']}", headers=world.token())
    found: dict[str, Any] = answer.body
    return found


async def test_seats_move_once_with_new_tickets_and_what_was_paid_stays(world: World) -> None:
    order = await paid(world)
    before = await document(world, order)
    answers = await asyncio.gather(*(move(world, order) for _ in range(3)))
    assert {answer.status for answer in answers} <= {200, 409}
    answer = await move(world, order)
    assert (answer.status, answer.body["seats"], answer.body["after"]["tier"]) == (200, 2, "vip")
    await until_seats(world, ga=(0, 0), vip=(0, 2))
    after = await document(world, order)
    assert (after["version"], after["amount"], after["state"]) == (before["version"] + 1, before["amount"], "paid")
    assert {seat["tier"] for seat in after["seats"]} == {"vip"}
    assert after["history"][-1]["why"] == "seats_moved"
    (moved,) = [event for event in await world.events(order["orderId"]) if isinstance(event, OrderSeatsMoved)]
    verifier = TicketVerifier(TICKETS.public_keys())
    assert [verifier.verify(ticket["code"]).issue for ticket in after["tickets"]] == [2, 2]
    assert [ticket.code for ticket in moved.tickets] == [ticket["code"] for ticket in after["tickets"]]
    rows = await world.ask(
        "GET", "/api/admin/checkout/audit-log?action=order_seats_moved&outcome=done", headers=world.token()
    )
    newest = rows.body["data"][0]
    assert (newest["before"]["tier"], newest["after"]["tier"], newest["reason"]) == ("ga", "vip", "the room is full")


async def test_there_must_be_seats(world: World) -> None:
    order, other = await paid(world), await paid(world, key="other", ticketType="VIP")
    refused = await move(world, order)
    assert (refused.status, refused.body["code"], refused.body["available"]["vip"]) == (409, "sold_out", 1)
    back = await move(world, other, tier="ga")
    assert back.status == 200, back
    await until_seats(world, ga=(0, 4), vip=(0, 0))
    assert (await move(world, order)).status == 200
    await until_seats(world, ga=(0, 2), vip=(0, 2))
    assert issue_of((await document(world, other))["tickets"][0]["code"]) == 2


async def test_what_can_not_be_moved(world: World) -> None:
    unpaid: dict[str, Any] = (await world.buy()).body
    nowhere = await move(world, unpaid, cityId="nowhere")
    assert (nowhere.status, nowhere.body["code"]) == (404, "unknown_seats")
    assert (await move(world, unpaid, tier="gold")).status == 404
    refused = await move(world, unpaid)
    assert (refused.status, refused.body["code"]) == (409, "order_not_movable")
    assert (await move(world, unpaid, role=Role.OPERATOR)).status == 403
    unknown = await move(world, {"orderId": "0190b3a0-0000-7000-8000-000000000000"})
    assert (unknown.status, unknown.body["code"]) == (404, "unknown_order")
    assert await world.stock(tier="vip") == (0, 0)


async def test_without_inventory_nothing_is_moved(world: World) -> None:
    order = await paid(world)
    await world.start_checkout(INVENTORY_URL="http://127.0.0.1:9", CHECKOUT_LEASE_SECONDS="0.2")
    answer = await move(world, order)
    assert (answer.status, answer.body["code"]) == (503, "service_unavailable")
    await world.start_checkout()
    assert (await move(world, order)).status == 200
    await until_seats(world, ga=(0, 0), vip=(0, 2))


async def test_a_process_that_dies_in_between_holds_the_seats_once(world: World) -> None:
    """It is killed while it has the hold and not the order; whoever asks again has the same hold."""
    order = await paid(world)
    await world.checkout.stop()
    async with world.checkout.killable(FULLHOUSE_CRASH_AT="move.held") as process:
        with pytest.raises(Exception, match=r"disconnected|reset|refused"):
            await move(world, order)
        await process.wait()
    await world.start_checkout()
    assert await world.stock(tier="vip") == (2, 0)
    assert (await move(world, order)).status == 200
    await until_seats(world, ga=(0, 0), vip=(0, 2))


@pytest.mark.proves("I-11")
async def test_a_void_ticket_is_made_anew(world: World) -> None:
    order = await paid(world)
    before = (await document(world, order))["tickets"]
    url = f"/api/admin/orders/{order['orderId']}/tickets/void"
    body: dict[str, Any] = {"seats": [2], "reason": "a phone was stolen"}
    answer = await world.ask("POST", url, json=body, headers=world.token())
    assert (answer.status, answer.body["seats"]) == (200, [2])
    after = (await document(world, order))["tickets"]
    assert after[0] == before[0]
    assert (issue_of(before[1]["code"]), issue_of(after[1]["code"])) == (1, 2)
    all_of_them = await world.ask("POST", url, json={"reason": "again"}, headers=world.token())
    assert all_of_them.body["seats"] == [1, 2]
    unknown = await world.ask("POST", url, json={**body, "seats": [3]}, headers=world.token())
    assert (unknown.status, unknown.body["code"]) == (404, "unknown_ticket")
    unpaid: dict[str, Any] = (await world.buy(key="unpaid")).body
    refused = await world.ask(
        "POST", url.replace(order["orderId"], unpaid["orderId"]), json=body, headers=world.token()
    )
    assert (refused.status, refused.body["code"]) == (409, "order_not_paid")


@pytest.mark.proves("N-11", "O-1")
async def test_staff_sends_the_tickets_that_are_good_once_for_a_key(world: World) -> None:
    order = await paid(world)
    url = f"/api/admin/orders/{order['orderId']}/tickets/send"
    operator = world.token(Role.OPERATOR)
    body = {"reason": "the mail got lost"}

    async def send(key: str) -> Answer:
        return await world.ask("POST", url, json=body, headers={**operator, "Idempotency-Key": key})

    void = f"/api/admin/orders/{order['orderId']}/tickets/void"
    await world.ask("POST", void, json={"seats": [2], "reason": "stolen"}, headers=world.token())
    answers = await asyncio.gather(*(send("one") for _ in range(3)))
    assert {answer.status for answer in answers} == {202}
    sent = [event for event in await world.events(order["orderId"]) if isinstance(event, OrderTicketsRequested)]
    assert [[issue_of(ticket.code) for ticket in event.tickets] for event in sent] == [[1, 2]]
    assert (await send("two")).body["version"] == sent[0].version + 1
    assert (await world.ask("POST", url, json=body, headers=world.token(Role.VIEWER))).status == 403
    unpaid: dict[str, Any] = (await world.buy(key=world.key)).body
    refused = await world.ask("POST", url.replace(order["orderId"], unpaid["orderId"]), json=body, headers=operator)
    assert (refused.status, refused.body["code"]) == (409, "order_not_paid")
    number = (await document(world, order))["number"]
    done = await fullhouse(world, "tickets", "send", number, "--reason", "once more")
    assert (done.returncode, "are on their way to the buyer" in done.stdout) == (0, True)
