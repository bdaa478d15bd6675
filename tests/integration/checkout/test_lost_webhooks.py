"""What the processor's webhooks do not tell is asked for, by its lists (C-4, C-8, L-13)."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Mapping
from datetime import timedelta

import pytest

from chassis.metrics import Metric, metrics
from chassis.tokens import Role
from checkout.payments.processors import stripe_objects
from tests.integration.checkout import money
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.stripe_webhooks import send, stripe_events, webhook_states
from tests.integration.checkout.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMPLETED, REFUNDED = "checkout.session.completed", "charge.refunded"
AT_ONCE, NEVER = "1", "86400"
OF_A_CONNECTION = """
INSERT INTO webhook_events (processor, event_id, occasion, type, thin, live_mode, payload, created_at, received_at,
                            state, due_at, connection_id)
VALUES ('stripe', '7.evt_1', '7.evt_1', 'payout.paid', false, false, '{}', $1, $1, 'waiting', 'infinity', 7)
"""
BUYERS = int(os.environ.get("LOST_WEBHOOKS_BUYERS", "12"))


@pytest.fixture
def seats() -> Mapping[str, int]:
    """Enough for all buyers."""
    return {"ga": max(50, BUYERS), "vip": 50}


def calls(operation: str) -> float:
    """How often the processor was asked so."""
    return metrics.value(Metric.VENDOR_REQUESTS, vendor="stripe", operation=operation, outcome="200")


async def lose_all(world: World) -> None:
    await world.fault(kind="drop_webhook", count=10_000)


@pytest.mark.proves("C-4", "L-13")
async def test_what_is_lost_doubled_and_out_of_order_is_fulfilled_all_the_same(
    surroundings: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By lists of many, never one by one; `LOST_WEBHOOKS_BUYERS` makes it more, `LOST_WEBHOOKS_SEED` the same again."""
    world = surroundings
    monkeypatch.setattr(stripe_objects, "PAGE", 5)
    seed = int(os.environ.get("LOST_WEBHOOKS_SEED", random.randrange(10_000)))
    print(f"LOST_WEBHOOKS_SEED={seed}")
    await world.start_checkout(CHECKOUT_POLL_SECONDS=AT_ONCE)
    for number, (kind, share) in enumerate(
        {"drop_webhook": 0.3, "duplicate_webhook": 0.2, "reorder_webhooks": 1}.items()
    ):
        await world.fault(kind=kind, share=share, seed=seed + number, delayMs=500)
    one_by_one = calls("sessions.read")
    orders = [(await world.buy(quantity=1, customerData=buyer(world, each))).body for each in range(BUYERS)]
    await asyncio.gather(*(world.pay(order["sessionId"]) for order in orders))
    for order in orders:
        await world.until_state(order["orderId"], "paid")
    await world.until_stock(0, BUYERS)
    assert await money.given_back(world) == [0] * min(BUYERS, 10)
    assert calls("sessions.read") == one_by_one


def buyer(world: World, number: int) -> dict[str, str]:
    customer: dict[str, str] = world.wish()["customerData"]
    return {**customer, "email": f"{number}-{world.email}"}


@pytest.mark.proves("C-4")
async def test_a_refund_and_a_dispute_that_no_webhook_tells_of_are_found(surroundings: World) -> None:
    world = surroundings
    await world.start_checkout(CHECKOUT_POLL_SECONDS=AT_ONCE)
    await lose_all(world)
    first, second = await money.bought(world, quantity=1), (await world.buy(quantity=1)).body
    await world.pay(second["sessionId"])
    await world.until_state(second["orderId"], "paid")
    refunded, disputed = await money.charges(world)
    await money.refund_by_hand(world, refunded)
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/charges/{disputed['id']}/dispute", json={})
    await world.until_state(first["orderId"], "refunded")
    await world.until_state(second["orderId"], "disputed")


@pytest.mark.proves("C-8", "O-5")
async def test_people_have_payments_settled_that_no_webhook_told_of(surroundings: World) -> None:
    """By API, a page at a time, and by command; a job does the same daily."""
    world = surroundings
    await world.start_checkout(CHECKOUT_POLL_SECONDS=NEVER)
    await world.database.execute("UPDATE payment_attempts SET state = 'expired' WHERE state IN ('open', 'complete')")
    await lose_all(world)
    paid, expired, failing, waiting = [(await world.buy(quantity=1)).body for _ in range(4)]
    await world.pay(paid["sessionId"])
    await world.ask(
        "POST", f"{world.sandbox}/stripe/v1/checkout/sessions/{expired['sessionId']}/expire", headers=money.KEY
    )
    await world.pay(failing["sessionId"], "debit_fails")
    await world.advance_sandbox(200)
    answer = await world.ask("POST", "/api/admin/process-pending", headers=world.token(Role.OPERATOR))
    counted = {"checked": 4, "paid": 1, "expired": 1, "failed": 1, "waiting": 1}
    assert (answer.status, answer.body) == (200, {"success": True, **counted, "nextCursor": None})
    states = [await world.state(each["orderId"]) for each in (paid, expired, failing, waiting)]
    assert states == ["paid", "expired", "payment_failed", "awaiting_payment"]
    again = await fullhouse(world, "orders", "process-pending")
    assert "1 payments were asked about: 0 paid, 0 expired, 0 failed, 1 waiting." in again.stdout, again
    assert await world.told(paid["orderId"]) == ["order.placed", "order.paid"]


@pytest.mark.proves("C-8")
async def test_only_operators_have_payments_settled(world: World) -> None:
    answer = await world.ask("POST", "/api/admin/process-pending", headers=world.token(Role.VIEWER))
    assert answer.status == 403
    assert (await world.ask("POST", "/api/admin/process-pending?cursor=x", headers=world.token())).status == 422


@pytest.mark.proves("L-9")
async def test_a_restored_database_counts_what_went_back_when_all_payments_are_known(surroundings: World) -> None:
    """The second payment, which went back, is heard of before the first one; what waits of a provider's connection at
    the same processor is waited for by nobody.
    """
    world = surroundings
    await world.start_checkout(CHECKOUT_POLL_SECONDS=AT_ONCE)
    lost_since = world.began - timedelta(minutes=1)
    await world.database.execute(
        "INSERT INTO processor_polls (processor, subject, since, due_at) "
        "VALUES ('stripe', 'lost_webhooks', $1, 'infinity')",
        lost_since,
    )
    await world.database.execute(OF_A_CONNECTION, lost_since)
    order = (await world.buy()).body
    second = await money.second_session(world, order)
    await lose_all(world)
    for session in (order["sessionId"], second):
        await world.pay(session)
    await money.refund_by_hand(world, (await money.charges(world))[1])
    (completed,) = [each for each in await stripe_events(world, COMPLETED) if each["data"]["object"]["id"] == second]
    await send(world, completed)
    await world.until_state(order["orderId"], "paid")
    await send(world, (await stripe_events(world, REFUNDED))[0])
    await until_webhook(world, REFUNDED, "waiting")
    assert await world.state(order["orderId"]) == "paid"

    await world.database.execute("UPDATE processor_polls SET due_at = now()")
    await until_webhook(world, REFUNDED, "done")
    assert await world.state(order["orderId"]) == "paid"

    async def over() -> bool:
        return not await world.database.fetchval("SELECT count(*) FROM processor_polls WHERE subject LIKE 'lost%'")

    await world.until(over, "all is read")
    assert await money.given_back(world) == [0, money.PRICE]


async def until_webhook(world: World, kind: str, state: str) -> None:
    async def there() -> bool:
        return await webhook_states(world, kind) == [state]

    await world.until(there, f"{kind} is {state}")
