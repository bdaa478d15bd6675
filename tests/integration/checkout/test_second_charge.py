"""An order that is paid twice: the second charge is given back by itself, and nothing else happens (C-5)."""

from __future__ import annotations

import asyncio
import random
from typing import Any
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from chassis.settings import SANDBOX_STAND_INS
from events import PaymentSecondCharge, SecondChargeOutcome
from tests.integration.checkout.stripe_webhooks import send, stripe_events, webhook_states
from tests.integration.checkout.world import CARD, DISPUTED, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-5")]

KEY = {"Authorization": f"Bearer {SANDBOX_STAND_INS['STRIPE_SECRET_KEY']}"}
PRICE = 119_800
REFUNDS = "refunds.create"


@pytest_asyncio.fixture(loop_scope="module")
async def paid(world: World) -> dict[str, Any]:
    """An order that is paid."""
    bought: dict[str, Any] = (await world.buy()).body
    await world.pay(bought["sessionId"])
    await world.until_state(bought["orderId"], "paid")
    await world.until_stock(0, 2)
    return bought


async def second_session(world: World, bought: dict[str, Any]) -> str:
    """Another payment page for the same order, such as one that an earlier system made."""
    metadata = {"cityId": world.city, "ticketType": "GA", "quantity": "2", "orderId": bought["orderId"]}
    form = {
        "mode": "payment",
        "success_url": f"{world.base}/success",
        "line_items[0][quantity]": "2",
        "line_items[0][price_data][currency]": "usd",
        "line_items[0][price_data][unit_amount]": str(PRICE // 2),
        "line_items[0][price_data][product_data][name]": "Seats",
        **{f"metadata[{name}]": value for name, value in metadata.items()},
        **{f"payment_intent_data[metadata][{name}]": value for name, value in metadata.items()},
    }
    headers = {**KEY, "Content-Type": "application/x-www-form-urlencoded"}
    url = f"{world.sandbox}/stripe/v1/checkout/sessions"
    answer = await world.ask("POST", url, data=urlencode(form).encode(), headers=headers)
    assert answer.status == 200, answer
    return str(answer.body["id"])


async def charges(world: World) -> list[dict[str, Any]]:
    """What Stripe has taken, the first one first."""
    answer = await world.ask("GET", f"{world.sandbox}/stripe/v1/charges?limit=10", headers=KEY)
    found: list[dict[str, Any]] = answer.body["data"]
    return found[::-1]


async def given_back(world: World) -> list[int]:
    return [charge["amount_refunded"] for charge in await charges(world)]


async def outcomes(world: World, bought: dict[str, Any]) -> list[tuple[str, int]]:
    events = await world.events(bought["orderId"])
    return [(event.outcome, event.amount) for event in events if isinstance(event, PaymentSecondCharge)]


async def until_told(world: World, bought: dict[str, Any], outcome: SecondChargeOutcome) -> None:
    async def told() -> bool:
        return await outcomes(world, bought) == [(outcome, PRICE)]

    await world.until(told, f"told that it is {outcome}")


async def is_untouched(world: World, bought: dict[str, Any]) -> None:
    """Paid once, with its tickets; nothing else was ever said of it."""
    order = await world.ask("GET", f"/api/orders/{bought['orderId']}?token={bought['orderToken']}")
    assert (order.body["state"], {seat["state"] for seat in order.body["seats"]}) == ("paid", {"sold"})
    assert len(order.body["tickets"]) == 2
    told = [kind for kind in await world.told(bought["orderId"]) if kind.startswith("order.")]
    assert told == ["order.placed", "order.paid"]
    assert await world.stock() == (0, 2)


async def test_it_is_given_back_by_itself_and_the_order_stays_paid(world: World, paid: dict[str, Any]) -> None:
    await world.pay(await second_session(world, paid))
    await until_told(world, paid, SecondChargeOutcome.REFUNDED)
    assert await given_back(world) == [0, PRICE]

    async def heard_back() -> bool:
        return await webhook_states(world, "charge.refunded") == ["done"]

    await world.until(heard_back, "Stripe's word of the refund is handled")
    await is_untouched(world, paid)


async def test_given_back_by_hand_before_it_leaves_the_order_alone(world: World, paid: dict[str, Any]) -> None:
    await world.fault(kind="error", operation=REFUNDS, status=500)
    await world.pay(await second_session(world, paid))

    async def both_here() -> bool:
        return len(await charges(world)) == 2

    await world.until(both_here, "both charges")
    _, second = await charges(world)
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/charges/{second['id']}/refund", json={})

    async def heard_back() -> bool:
        return await webhook_states(world, "charge.refunded") == ["done"]

    await world.until(heard_back, "Stripe's word of the refund is handled")
    await world.clear_faults()
    await is_untouched(world, paid)
    assert await given_back(world) == [0, PRICE]


@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before", "error", "rate_limit"])
async def test_a_call_without_a_decision_is_made_again_and_gives_nothing_back_twice(
    world: World, paid: dict[str, Any], kind: str
) -> None:
    await world.fault(kind=kind, operation=REFUNDS, count=2, delayMs=200)
    await world.pay(await second_session(world, paid))
    await until_told(world, paid, SecondChargeOutcome.REFUNDED)
    assert await given_back(world) == [0, PRICE]
    await is_untouched(world, paid)


async def test_what_the_processor_refuses_is_a_persons(world: World, paid: dict[str, Any]) -> None:
    await world.fault(kind="error", operation=REFUNDS, status=400, code="charge_disputed")
    await world.pay(await second_session(world, paid))
    await until_told(world, paid, SecondChargeOutcome.REFUSED)
    await is_untouched(world, paid)


async def test_a_dispute_of_it_freezes_no_ticket(world: World, paid: dict[str, Any]) -> None:
    await world.fault(kind="error", operation=REFUNDS, status=500)
    await world.pay(await second_session(world, paid), DISPUTED)

    async def handled() -> bool:
        return await webhook_states(world, "charge.dispute.created") == ["done"]

    await world.until(handled, "the dispute is handled")
    await is_untouched(world, paid)
    dispute = (await stripe_events(world, "charge.dispute.created"))[0]["data"]["object"]
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/disputes/{dispute['id']}/close", json={"outcome": "lost"})

    async def closed() -> bool:
        return await webhook_states(world, "charge.dispute.closed") == ["done"]

    await world.until(closed, "its end is handled")
    await is_untouched(world, paid)


async def test_both_at_once_and_five_times_each_pay_once_and_give_back_once(world: World) -> None:
    seed = random.randrange(10**6)
    print(f"seed {seed}")
    bought = (await world.buy()).body
    second = await second_session(world, bought)
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"], CARD)
    await world.pay(second, CARD)
    events = [
        *await stripe_events(world, "checkout.session.completed"),
        *await stripe_events(world, "charge.succeeded"),
    ]
    await world.clear_faults()
    copies = [event for event in events for _ in range(5)]
    random.Random(seed).shuffle(copies)
    await asyncio.gather(*(send(world, event) for event in copies))
    await until_told(world, bought, SecondChargeOutcome.REFUNDED)
    assert sorted(await given_back(world)) == [0, PRICE]
    await world.until_stock(0, 2)
    await is_untouched(world, bought)
