"""Refunds that fail days after they were done: the order turns back by them, its seats don't (C-5, C-7)."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any
from uuid import UUID

import aiohttp
import pytest
import pytest_asyncio

from chassis.ids import derived_uuid7
from events import OrderRefundFailed, PaymentSecondCharge
from tests.integration.checkout.money import (
    PRICE,
    REFUND_WEBHOOKS,
    SEAT,
    bought,
    charges,
    fail_refund,
    failures,
    given_back,
    made_refunds,
    refund,
    refund_by_hand,
    refunds,
    seats_of,
    second_session,
    told,
    until_settled,
)
from tests.integration.checkout.stripe_webhooks import again, send, stripe_events, webhook_states
from tests.integration.checkout.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-5", "C-7")]


@pytest_asyncio.fixture(loop_scope="module")
async def paid(world: World) -> dict[str, Any]:
    """An order of two seats that is paid."""
    return await bought(world)


async def until_handled(world: World) -> None:
    """Nothing that the processor has told of refunds is open."""

    async def handled() -> bool:
        states = [state for kind in REFUND_WEBHOOKS for state in await webhook_states(world, kind)]
        return set(states) == {"done"}

    await world.until(handled, "all webhooks of refunds are handled")


async def tell_all_again(world: World) -> None:
    """As events of their own, the newest first."""
    for kind in REFUND_WEBHOOKS:
        for event in await stripe_events(world, kind):
            await send(world, again(event))
    await until_handled(world)


@pytest.mark.proves("C-4", "E-6")
async def test_the_order_turns_back_once_and_its_seats_stay_ended(world: World, paid: dict[str, Any]) -> None:
    await refund(world, paid)
    await until_settled(world, paid, ["done"])
    await world.until_stock(0, 0)
    (made,) = await made_refunds(world)
    await fail_refund(world, made["id"])
    await until_settled(world, paid, ["failed"])
    await tell_all_again(world)
    assert await failures(world, paid) == [(PRICE, (1, 2), "expired_or_canceled_card", "paid")]
    money = await refunds(world, paid)
    assert (money["left"], money["payments"][0]["refunded"]) == (PRICE, 0)
    assert "expired_or_canceled_card" in money["data"][0]["lastError"]
    id_ = derived_uuid7(UUID(money["data"][0]["refundId"]), OrderRefundFailed.type)
    assert await world.ids(paid["orderId"], OrderRefundFailed) == [id_], "after a restore it is told as the same"
    assert await seats_of(world, paid) == ["refunded", "refunded"]
    assert await world.stock() == (0, 0), "a seat that may be sold again is not taken back"


async def test_what_failed_can_be_given_back_again(world: World, paid: dict[str, Any]) -> None:
    await refund(world, paid, seats=[2])
    await until_settled(world, paid, ["done"])
    await fail_refund(world, (await made_refunds(world))[0]["id"])
    await until_settled(world, paid, ["failed"])
    assert await world.state(paid["orderId"]) == "paid"
    assert await seats_of(world, paid) == ["sold", "refunded"]
    assert (await refund(world, paid, amount=SEAT)).status == 202
    await until_settled(world, paid, ["failed", "done"])
    await until_handled(world)
    assert await given_back(world) == [SEAT]
    assert await told(world, paid) == [(SEAT, (2,), True, "partially_refunded"), (SEAT, (), True, "partially_refunded")]
    assert (await refunds(world, paid))["left"] == SEAT
    assert [each["refunded"] for each in (await refunds(world, paid))["payments"]] == [SEAT]


async def test_one_of_two_fails_and_the_other_counts(world: World, paid: dict[str, Any]) -> None:
    for amount in (1_000, 2_000):
        await refund(world, paid, amount=amount)
        await until_settled(world, paid, ["done"] * (1 if amount == 1_000 else 2))
    await fail_refund(world, (await made_refunds(world))[0]["id"])
    await until_settled(world, paid, ["failed", "done"])
    await tell_all_again(world)
    assert await failures(world, paid) == [(1_000, (), "expired_or_canceled_card", "partially_refunded")]
    assert (await refunds(world, paid))["left"] == PRICE - 2_000


@pytest.mark.proves("C-4", "E-6")
async def test_one_made_at_the_dashboard_fails_and_its_news_come_backwards(world: World, paid: dict[str, Any]) -> None:
    await refund_by_hand(world, (await charges(world))[0], amount=5_000)
    await world.until_state(paid["orderId"], "partially_refunded")
    await until_handled(world)
    await world.fault(kind="drop_webhook", count=100)
    (made,) = await made_refunds(world)
    await fail_refund(world, made["id"])
    await refund_by_hand(world, (await charges(world))[0], amount=700)
    await world.clear_faults()
    for kind in REFUND_WEBHOOKS:
        for event in await stripe_events(world, kind):
            await send(world, event)
    await until_handled(world)
    assert [amount for amount, *_ in await failures(world, paid)] == [5_000]
    money = await refunds(world, paid)
    assert [each["refunded"] for each in money["payments"]] == await given_back(world) == [700]
    assert money["left"] == PRICE - 700


@pytest.mark.proves("L-9")
async def test_it_fails_before_we_have_heard_that_it_was_done(world: World, tmp_path: Path) -> None:
    """Checkout dies between the processor's answer and its own row: it was never done."""
    order = await bought(world)
    await world.checkout.stop()
    async with world.checkout.killable(FULLHOUSE_CRASH_AT=f"checkout.after_refund={tmp_path / 'crashed'}") as process:
        with contextlib.suppress(aiohttp.ClientError):
            await refund(world, order, seats=[2])
        await process.wait()
    (made,) = await made_refunds(world)
    await fail_refund(world, made["id"])
    await world.database.execute("UPDATE refunds SET due_at = now() WHERE due_at IS NOT NULL")
    await world.start_checkout()
    await until_settled(world, order, ["refused"])
    await tell_all_again(world)
    assert await world.state(order["orderId"]) == "paid"
    assert await seats_of(world, order) == ["sold", "sold"]
    assert await told(world, order) == []
    assert (await refunds(world, order))["left"] == PRICE


async def test_while_its_money_is_disputed_the_order_stays_so_and_comes_back_as_paid(
    world: World, paid: dict[str, Any]
) -> None:
    await refund(world, paid, amount=1_000)
    await until_settled(world, paid, ["done"])
    (charge,) = await charges(world)
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/charges/{charge['id']}/dispute", json={})
    await world.until_state(paid["orderId"], "disputed")
    await fail_refund(world, (await made_refunds(world))[0]["id"])
    await until_settled(world, paid, ["failed"])
    assert await world.state(paid["orderId"]) == "disputed"
    (dispute,) = await stripe_events(world, "charge.dispute.created")
    path = f"{world.sandbox}/_sandbox/stripe/disputes/{dispute['data']['object']['id']}/close"
    await world.ask("POST", path, json={"outcome": "won"})
    await world.until_state(paid["orderId"], "paid")
    assert (await refunds(world, paid))["left"] == PRICE


async def test_a_second_charge_that_comes_back_leaves_the_order_and_is_told(world: World, paid: dict[str, Any]) -> None:
    await world.pay(await second_session(world, paid))

    async def given() -> bool:
        return await given_back(world) == [0, PRICE]

    await world.until(given, "the second one went back")
    await until_settled(world, paid, [])
    await fail_refund(world, (await made_refunds(world))[0]["id"])

    async def outcomes() -> list[str]:
        return [each.outcome for each in await world.events(paid["orderId"]) if isinstance(each, PaymentSecondCharge)]

    async def failed() -> bool:
        return await outcomes() == ["refunded", "failed"]

    await world.until(failed, f"it failed, but {await outcomes()}")
    await tell_all_again(world)
    assert await outcomes() == ["refunded", "failed"]
    assert await world.state(paid["orderId"]) == "paid"
    assert await failures(world, paid) == []
    assert await seats_of(world, paid) == ["sold", "sold"]
