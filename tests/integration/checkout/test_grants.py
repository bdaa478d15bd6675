"""Staff give passes and tickets by hand: orders like paid ones, once for a payment (C-9)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest

from chassis.tokens import Role
from events import OrderPaid, PassGranted
from tests.integration.checkout.world import Answer, World

PASS = {"pass": "ten-classes"}

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-9")]


@pytest.fixture
def seats() -> Mapping[str, int]:
    return {"ga": 4, "vip": 3}


async def give(
    world: World, what: str, asked: Mapping[str, Any], *, key: str | None = None, role: Role = Role.ADMIN
) -> Answer:
    headers = {**world.token(role), **({"Idempotency-Key": key} if key else {})}
    body = {"email": world.email, "reason": "It got lost.", **asked}
    return await world.ask("POST", f"/api/admin/{what}", json=body, headers=headers)


async def passes_of(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (
        await world.ask("GET", f"/api/admin/passes?email={world.email}", headers=world.token())
    ).body["data"]
    return found


async def test_a_pass_is_given_once_for_a_key_shown_to_its_owner_and_used_at_the_door(world: World) -> None:
    answers = await asyncio.gather(*(give(world, "passes", PASS, key=world.key) for _ in range(4)))
    assert [answer.status for answer in answers] == [200] * 4
    assert len({answer.body["orderId"] for answer in answers}) == 1
    first = answers[0].body
    order = (await world.ask("GET", f"/api/orders/{first['orderId']}", headers=world.token())).body
    assert (order["state"], order["source"], order["amount"], order["seats"]) == ("paid", "granted", 0, [])
    other = await give(world, "passes", {**PASS, "email": "other@example.com"}, key=world.key)
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")

    async def granted() -> bool:
        return bool(await passes_of(world))

    await world.until(granted, "the pass is there")
    (held,) = await passes_of(world)
    assert (held["passId"], held["entriesLeft"], held["usable"]) == (first["passId"], 10, True)
    (told, *_) = await world.events(held["passId"])
    assert isinstance(told, PassGranted)
    token = told.link.partition("token=")[2]
    own = (await world.ask("GET", f"/api/passes?token={token}")).body["data"]
    assert [each["code"][:5] for each in own] == ["FHP1:"]
    body = {"useId": "one", "place": "Studio two", "code": own[0]["code"]}
    uses = [
        await world.ask("POST", f"/api/passes/{held['passId']}/use", json=body, headers=world.token(Role.OPERATOR))
        for _ in range(2)
    ]
    assert [use.body["entriesLeft"] for use in uses] == [9, 9]
    shown = await world.ask("GET", "/passes", headers={"Cookie": f"fullhouse_passes={token}"})
    assert shown.status == 200, shown
    assert ("9 of 10" in shown.body, "Studio two" in shown.body) == (True, True)
    assert (await world.ask("GET", "/passes")).status == 404


async def test_tickets_are_given_as_paid_ones_and_only_as_many_as_there_are(world: World) -> None:
    wanted = {"cityId": world.city, "tier": "GA", "quantity": 3}
    given = await give(world, "tickets", wanted)
    assert (given.status, given.body["seats"]) == (200, [1, 2, 3])
    await world.until_stock(0, 3)
    paid = next(event for event in await world.events(given.body["orderId"]) if isinstance(event, OrderPaid))
    assert (paid.source, paid.hold_alive, len(paid.tickets), paid.amount) == ("granted", True, 3, 0)
    full = await give(world, "tickets", wanted)
    assert (full.status, full.body["code"], full.body["available"]["ga"]) == (409, "sold_out", 1)
    unknown = await give(world, "tickets", {**wanted, "tier": "balcony"})
    assert (unknown.status, list(unknown.body["fields"])) == (422, ["tier"])
    assert (await give(world, "tickets", wanted, role=Role.OPERATOR)).status == 403


async def test_a_payment_is_good_for_one_order(surroundings: World) -> None:
    """Its webhook never came: by hand the order gets what was paid, once, and nobody gets anything else for it."""
    world = surroundings
    await world.start_checkout(CHECKOUT_SWEEP_SECONDS="3600", STRIPE_WEBHOOK_SECRET="whsec_of_somebody_else")
    bought = (await world.buy(quantity=1)).body
    wanted = {"cityId": world.city, "tier": "ga", "quantity": 1, "sessionId": bought["sessionId"]}
    unpaid = await give(world, "tickets", wanted)
    assert (unpaid.status, unpaid.body["code"]) == (409, "session_not_paid")
    await world.pay(bought["sessionId"])
    other = await give(world, "tickets", {**wanted, "quantity": 2})
    assert (other.status, other.body["code"]) == (409, "session_taken")
    given = [await give(world, "tickets", wanted) for _ in range(2)]
    assert [(each.status, each.body["orderId"]) for each in given] == [(200, bought["orderId"])] * 2
    assert await world.state(bought["orderId"]) == "paid"
    await world.until_stock(0, 1)
    charges = await world.database.fetchval(
        "SELECT count(*) FROM payment_charges WHERE order_id = $1", UUID(bought["orderId"])
    )
    assert charges == 1
    lost = await give(world, "passes", {**PASS, "sessionId": "cs_test_nothing"})
    assert (lost.status, lost.body["code"]) == (409, "session_not_paid")
