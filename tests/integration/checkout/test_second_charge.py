"""An order that is paid twice: the second charge is given back by itself, and nothing else happens (C-5)."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest
import pytest_asyncio

from events import PaymentSecondCharge, SecondChargeOutcome
from tests.integration.checkout.money import PRICE, REFUNDS, bought, charges, given_back, refund_by_hand, second_session
from tests.integration.checkout.stripe_webhooks import send, stripe_events, webhook_states
from tests.integration.checkout.world import CARD, DISPUTED, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-5")]


@pytest_asyncio.fixture(loop_scope="module")
async def paid(world: World) -> dict[str, Any]:
    """An order that is paid."""
    return await bought(world)


async def outcomes(world: World, order: dict[str, Any]) -> list[tuple[str, int]]:
    events = await world.events(order["orderId"])
    return [(event.outcome, event.amount) for event in events if isinstance(event, PaymentSecondCharge)]


async def until_told(world: World, order: dict[str, Any], outcome: SecondChargeOutcome) -> None:
    async def told() -> bool:
        return await outcomes(world, order) == [(outcome, PRICE)]

    await world.until(told, f"told that it is {outcome}")


async def is_untouched(world: World, order: dict[str, Any]) -> None:
    """Paid once, with its tickets; nothing else was ever said of it."""
    shown = (await world.ask("GET", f"/api/orders/{order['orderId']}?token={order['orderToken']}")).body
    assert (shown["state"], {seat["state"] for seat in shown["seats"]}) == ("paid", {"sold"})
    assert len(shown["tickets"]) == 2
    told = [kind for kind in await world.told(order["orderId"]) if kind.startswith("order.")]
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
    await refund_by_hand(world, second)

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
    order = (await world.buy()).body
    second = await second_session(world, order)
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(order["sessionId"], CARD)
    await world.pay(second, CARD)
    events = [
        *await stripe_events(world, "checkout.session.completed"),
        *await stripe_events(world, "charge.succeeded"),
    ]
    await world.clear_faults()
    copies = [event for event in events for _ in range(5)]
    random.Random(seed).shuffle(copies)
    await asyncio.gather(*(send(world, event) for event in copies))
    await until_told(world, order, SecondChargeOutcome.REFUNDED)
    assert sorted(await given_back(world)) == [0, PRICE]
    await world.until_stock(0, 2)
    await is_untouched(world, order)


async def disputed(world: World, number: int) -> str:
    """The bank takes this charge back; the id of its dispute."""
    charge = (await charges(world))[number]
    answer = await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/charges/{charge['id']}/dispute", json={})
    return str(answer.body["id"])


async def decided(world: World, dispute: str, outcome: str) -> None:
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/disputes/{dispute}/close", json={"outcome": outcome})


async def test_a_disputes_end_that_comes_before_it_waits_for_it(world: World, paid: dict[str, Any]) -> None:
    """Also while a second charge pays for the order: that one goes back, and the order must not stay frozen."""
    await world.fault(kind="error", operation=REFUNDS, status=500)
    await world.pay(await second_session(world, paid))

    async def both_known() -> bool:
        return await webhook_states(world, "checkout.session.completed") == ["done", "done"]

    await world.until(both_known, "both charges are known")
    await world.fault(kind="drop_webhook", count=100)
    await decided(world, await disputed(world, 0), "won")
    await send(world, (await stripe_events(world, "charge.dispute.closed"))[0])

    async def looked_at() -> bool:
        return await webhook_states(world, "charge.dispute.closed") not in ([], ["received"], ["processing"])

    await world.until(looked_at, "its end was looked at")
    await world.clear_faults()
    await until_told(world, paid, SecondChargeOutcome.REFUNDED)
    await send(world, (await stripe_events(world, "charge.dispute.created"))[0])

    async def all_done() -> bool:
        kinds = ("charge.dispute.created", "charge.dispute.closed")
        return [await webhook_states(world, kind) for kind in kinds] == [["done"], ["done"]]

    await world.until(all_done, "both are handled")
    assert await world.state(paid["orderId"]) == "paid"


async def test_a_dispute_of_the_first_charge_freezes_the_order_while_the_second_is_on_its_way_back(
    world: World, paid: dict[str, Any]
) -> None:
    await world.fault(kind="error", operation=REFUNDS, status=500)
    await world.pay(await second_session(world, paid))

    async def both_known() -> bool:
        return await webhook_states(world, "checkout.session.completed") == ["done", "done"]

    await world.until(both_known, "both charges are known")
    await disputed(world, 0)
    await world.until_state(paid["orderId"], "disputed")
    await world.clear_faults()
    await until_told(world, paid, SecondChargeOutcome.REFUNDED)
    assert await world.state(paid["orderId"]) == "disputed"


async def test_the_end_of_its_dispute_leaves_that_of_the_orders_own_money_open(
    world: World, paid: dict[str, Any]
) -> None:
    await disputed(world, 0)
    await world.until_state(paid["orderId"], "disputed")
    await world.fault(kind="error", operation=REFUNDS, status=400, code="charge_disputed")
    await world.pay(await second_session(world, paid))
    await until_told(world, paid, SecondChargeOutcome.REFUSED)
    other = await disputed(world, 1)

    async def handled() -> bool:
        return await webhook_states(world, "charge.dispute.created") == ["done", "done"]

    await world.until(handled, "both disputes are handled")
    await decided(world, other, "won")

    async def closed() -> bool:
        return await webhook_states(world, "charge.dispute.closed") == ["done"]

    await world.until(closed, "its end is handled")
    assert await world.state(paid["orderId"]) == "disputed"
