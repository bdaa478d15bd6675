"""Who tries out cards, or keeps seats from others, can buy nothing until a person says otherwise."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from chassis.tokens import Role
from checkout.blocks.memory import LONGEST_AGE_SECONDS
from events import SecurityFraudSuspected, parse_event
from tests.integration.checkout.world import DECLINED, Answer, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-11", "X-5")]

HERE, THERE = "203.0.113.7", "198.51.100.7"
PATH = "/api/admin/blocks"


@pytest_asyncio.fixture(loop_scope="module")
async def world(surroundings: World) -> World:
    """With the limits that are shipped; nothing is known of anybody."""
    await surroundings.start_checkout(OPEN_SEATS_PER_BUYER="12")
    await forget(surroundings)
    return surroundings


async def forget(world: World) -> None:
    """What earlier tests did, and waits until checkout remembers nothing of it."""
    for table in ("open_seats", "buyer_signs", "blocks"):
        await world.database.execute(f"DELETE FROM {table}")
    await asyncio.sleep(LONGEST_AGE_SECONDS)


async def buy(world: World, name: str, address: str | None, **changes: Any) -> Answer:
    customer = {**world.wish()["customerData"], "email": f"{name}@{world.city}.example.com"}
    return await world.buy(address=address, customerData=customer, **{"quantity": 1, **changes})


async def decline(world: World, name: str, address: str | None, times: int) -> str:
    """An order whose payment is declined so often."""
    bought = await buy(world, name, address)
    assert bought.status == 200, bought
    for _ in range(times):
        await world.pay(bought.body["sessionId"], DECLINED)
    order: str = bought.body["orderId"]

    async def counted() -> bool:
        found = await world.database.fetchval("SELECT count(*) FROM payment_declines WHERE order_id = $1", UUID(order))
        return bool(found == times)

    await world.until(counted, "every decline was heard of")
    return order


async def blocks(world: World, **query: str) -> list[dict[str, Any]]:
    answer = await world.ask("GET", PATH, params=query, headers=world.token(Role.VIEWER))
    assert answer.status == 200, answer
    found: list[dict[str, Any]] = answer.body["data"]
    return found


async def suspected(world: World) -> list[SecurityFraudSuspected]:
    rows = await world.database.fetch(
        """
        SELECT value FROM (SELECT id, topic, value, header_values FROM outbox UNION ALL
            SELECT id, topic, value, header_values FROM outbox_sent) AS told
        WHERE topic = 'security' AND $1 = ANY (header_values) ORDER BY id
        """,
        SecurityFraudSuspected.type.encode(),
    )
    found = [parse_event(SecurityFraudSuspected.type, row["value"]) for row in rows]
    return [each for each in found if isinstance(each, SecurityFraudSuspected)]


async def lift(world: World, block_id: str, role: Role = Role.OPERATOR) -> Answer:
    return await world.ask(
        "POST", f"{PATH}/{block_id}/lift", json={"reason": "A school class"}, headers=world.token(role)
    )


async def test_who_tries_out_a_card_is_blocked_and_a_person_lets_them_go_on(world: World) -> None:
    before = len(await suspected(world))
    await decline(world, "a", HERE, 3)
    assert await blocks(world) == []
    await decline(world, "b", HERE, 3)
    found = {block["shown"]: block for block in await blocks(world)}
    assert set(found) == {f"b***@{world.city}.example.com", "203.0.113.0"}
    assert {(block["cause"], block["madeBy"], block["reason"]) for block in found.values()} == {
        ("declined_cards", "checkout", None)
    }
    (told,) = (await suspected(world))[before:]
    assert (told.actor, told.code, told.count) == ("card ending in 0002", "declined_cards", 6)

    refused = await buy(world, "c", HERE)
    assert (refused.status, refused.body["code"]) == (403, "buyer_blocked")
    assert "card" not in str(refused.body["detail"])
    assert (await buy(world, "b", THERE)).status == 403, "known by the e-mail address as well"
    assert (await buy(world, "c", THERE)).status == 200, "somebody else"

    for block in found.values():
        assert (await lift(world, block["blockId"], Role.VIEWER)).status == 403
        lifted = await lift(world, block["blockId"])
        assert lifted.body["liftedBy"] == "ann@example.com"
        assert (await lift(world, block["blockId"])).body == lifted.body, "once"
    assert await blocks(world) == []
    assert len(await blocks(world, active="false")) == 2
    await decline(world, "b", HERE, 5)
    assert await blocks(world) == [], "what was seen before counts no more"


async def test_a_person_blocks_by_hand(world: World) -> None:
    made = await world.ask(
        "POST", PATH, json={"address": THERE, "hours": 2, "reason": "A script"}, headers=world.token()
    )
    assert (made.status, made.body["cause"], made.body["madeBy"]) == (200, "by_hand", "ann@example.com")
    assert (await buy(world, "a", THERE)).status == 403
    await lift(world, made.body["blockId"])
    assert (await buy(world, "a", THERE)).status == 200


async def test_a_repeat_of_a_purchase_that_was_let_in_gets_its_answer(world: World) -> None:
    first = await buy(world, "a", HERE, key=world.key)
    await world.ask("POST", PATH, json={"address": HERE, "reason": "A script"}, headers=world.token())
    assert (await buy(world, "a", HERE, key=world.key)).body == first.body
    await world.pay(first.body["sessionId"])
    await world.until_state(first.body["orderId"], "paid")


async def test_nobody_keeps_seats_from_others_for_long(surroundings: World) -> None:
    """A script with a new e-mail address for each order: it gets twelve seats at a time, and those only so often."""
    world = surroundings
    await world.start_checkout(hold=timedelta(seconds=1), OPEN_SEATS_PER_BUYER="12")
    await forget(world)
    taken: list[str] = []
    while True:
        answers = [await buy(world, f"x{len(taken)}{number}", HERE, quantity=6) for number in range(2)]
        taken += [answer.body["orderId"] for answer in answers if answer.status == 200]
        if any(answer.status == 403 for answer in answers):
            break
        for order in taken:
            await world.until_state(order, "expired")
    assert 8 <= len(taken) <= 10, "four or five rounds of the promised ten minutes, and then nothing for six hours"
    assert [block["cause"] for block in await blocks(world)] == ["unpaid_address"]
    await world.until_stock(0, 0)


async def test_who_gives_seats_back_keeps_them_from_nobody(world: World) -> None:
    before = await buy(world, "a", HERE)
    for _ in range(9):
        before = await buy(world, "a", HERE, browser=before)
        assert before.status == 200
    assert await blocks(world) == []


async def test_this_machine_in_a_sandbox_is_not_counted_and_can_be_blocked_by_hand(world: World) -> None:
    await decline(world, "a", None, 7)
    assert await world.database.fetchval("SELECT count(*) FROM buyer_signs") == 0
    email = f"a@{world.city}.example.com"
    await world.ask("POST", PATH, json={"email": email, "reason": "A script"}, headers=world.token())
    assert (await buy(world, "a", None)).status == 403


async def test_a_block_names_one_buyer(world: World) -> None:
    for wrong, field in (
        ({}, "email"),
        ({"email": "pat@example.com", "address": HERE}, "email"),
        ({"address": "here"}, "address"),
        ({"email": "pat"}, "email"),
        ({"address": HERE, "hours": 0}, "hours"),
    ):
        answer = await world.ask("POST", PATH, json={"reason": "A script", **wrong}, headers=world.token())
        assert (answer.status, list(answer.body["fields"])) == (422, [field]), wrong
    unknown = await lift(world, "019a9a31-0000-7000-8000-000000000001")
    assert (unknown.status, unknown.body["code"]) == (404, "unknown_block")
    assert (await world.ask("GET", PATH, params={"cursor": "x"}, headers=world.token())).status == 422
