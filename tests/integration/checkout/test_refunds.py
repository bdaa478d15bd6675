"""People give an order's money back: all of it, an amount, or seats, through whoever took it (C-7)."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import aiohttp
import pytest
import pytest_asyncio

from chassis.ids import derived_uuid7
from chassis.tokens import Role
from events import OrderRefunded, PaymentRefundRefused
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.money import (
    KEY,
    PRICE,
    REFUNDS,
    SEAT,
    bought,
    charges,
    given_back,
    refund,
    refund_by_hand,
    refunds,
    seats_of,
    second_session,
    told,
    until_settled,
)
from tests.integration.checkout.stripe_webhooks import send, stripe_events, webhook_states
from tests.integration.checkout.world import World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-7")]


@pytest_asyncio.fixture(loop_scope="module")
async def paid(world: World) -> dict[str, Any]:
    """An order of two seats that is paid."""
    return await bought(world)


async def until_heard(world: World, times: int = 1) -> None:
    """The processor's own word of so many refunds is handled."""

    async def heard() -> bool:
        return await webhook_states(world, "charge.refunded") == ["done"] * times

    await world.until(heard, f"{times} webhooks are done, but {await webhook_states(world, 'charge.refunded')}")


@pytest.mark.proves("X-3")
async def test_all_of_it_goes_back_and_the_seats_are_sold_again(world: World, paid: dict[str, Any]) -> None:
    answer = await refund(world, paid)
    assert (answer.status, answer.body["amount"], answer.body["seats"]) == (202, PRICE, [1, 2])
    assert [each["state"] for each in answer.body["refunds"]] == ["due"]
    await until_settled(world, paid, ["done"])
    await until_heard(world)
    assert await given_back(world) == [PRICE]
    assert await told(world, paid) == [(PRICE, (1, 2), True, "refunded")]
    await world.until_stock(0, 0)
    money = await refunds(world, paid)
    (done,) = money["data"]
    told_as = derived_uuid7(UUID(done["refundId"]), OrderRefunded.type)
    assert await world.ids(paid["orderId"], OrderRefunded) == [told_as], "after a restore it is told as the same"
    assert (done["reason"], done["requestedBy"], money["left"]) == ("The buyer is ill", "ann@example.com", 0)
    assert [(each["amount"], each["refunded"]) for each in money["payments"]] == [(PRICE, PRICE)]
    shown = (await world.ask("GET", f"/api/orders/{paid['orderId']}?token={paid['orderToken']}")).body
    assert (shown["state"], shown["refundedAmount"]) == ("refunded", PRICE)
    assert "ann@example.com" not in str(shown), "the buyer sees that it was staff, not who"


async def test_seats_go_back_one_after_the_other(world: World, paid: dict[str, Any]) -> None:
    assert (await refund(world, paid, seats=[2])).body["amount"] == SEAT
    await until_settled(world, paid, ["done"])
    assert await seats_of(world, paid) == ["sold", "refunded"]
    await world.until_stock(0, 1)
    assert (await refund(world, paid, seats=[1], returnSeats=False)).body["amount"] == SEAT
    await until_settled(world, paid, ["done", "done"])
    await until_heard(world, 2)
    assert await told(world, paid) == [
        (SEAT, (2,), True, "partially_refunded"),
        (SEAT, (1,), False, "refunded"),
    ]
    assert await given_back(world) == [PRICE]
    assert await world.stock() == (0, 1)


async def test_an_amount_leaves_the_seats_alone_and_what_is_left_ends_them(world: World, paid: dict[str, Any]) -> None:
    await refund(world, paid, amount=4_990)
    await until_settled(world, paid, ["done"])
    assert await seats_of(world, paid) == ["sold", "sold"]
    await refund_by_hand(world, (await charges(world))[0], amount=10)
    await until_heard(world, 2)
    assert (await refunds(world, paid))["left"] == PRICE - 5_000
    assert (await refund(world, paid)).body["amount"] == PRICE - 5_000
    await until_settled(world, paid, ["done", "done"])
    assert await told(world, paid) == [
        (4_990, (), True, "partially_refunded"),
        (10, (), False, "partially_refunded"),
        (PRICE - 5_000, (1, 2), True, "refunded"),
    ]
    assert await given_back(world) == [PRICE]


async def test_what_cannot_be_given_back_is_said_with_a_code(world: World) -> None:
    async def code(order: dict[str, Any], **body: Any) -> str:
        return str((await refund(world, order, **body)).body["code"])

    order = (await world.buy()).body
    assert await code(order) == "order_not_paid"
    await world.pay(order["sessionId"])
    await world.until_state(order["orderId"], "paid")
    assert await code({"orderId": "00000000-0000-7000-8000-000000000000"}) == "unknown_order"
    assert await code(order, seats=[3]) == "unknown_seat"
    assert await code(order, amount=1, seats=[1]) == "invalid_request"
    assert await code(order, seats=[]) == "invalid_request"
    assert await code(order, reason=" ") == "invalid_request"
    assert await code(order, headers=world.token(Role.OPERATOR), seats=[1]) == "role_missing"
    too_much = await refund(world, order, amount=PRICE + 1)
    assert (too_much.body["code"], too_much.body["left"]) == ("refund_too_large", PRICE)
    await world.fault(kind="error", operation=REFUNDS, status=500)
    await refund(world, order, seats=[1])
    assert await code(order, seats=[1]) == "seat_refund_under_way"
    assert await code(order, amount=SEAT + 1) == "refund_too_large"
    await world.clear_faults()
    await until_settled(world, order, ["done"])
    assert await code(order, seats=[1]) == "seat_already_refunded"
    (charge,) = await charges(world)
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/charges/{charge['id']}/dispute", json={})
    await world.until_state(order["orderId"], "disputed")
    assert await code(order) == "order_disputed"
    (dispute,) = await stripe_events(world, "charge.dispute.created")
    path = f"{world.sandbox}/_sandbox/stripe/disputes/{dispute['data']['object']['id']}/close"
    await world.ask("POST", path, json={"outcome": "lost"})
    await world.until_state(order["orderId"], "refunded")
    assert await code(order) == "nothing_to_refund"
    assert len((await refunds(world, order))["data"]) == 1


async def test_a_repeat_with_the_same_key_gives_nothing_more_back(world: World, paid: dict[str, Any]) -> None:
    first, again = await asyncio.gather(*(refund(world, paid, key=world.key, amount=1_000) for _ in range(2)))
    assert (first.status, first.body) == (again.status, again.body)
    other = await refund(world, paid, key=world.key, amount=1_001)
    assert (other.status, other.body["code"]) == (422, "idempotency_key_reused")
    await until_settled(world, paid, ["done"])
    assert await given_back(world) == [1_000]


async def test_of_two_people_at_once_one_gives_it_back(world: World, paid: dict[str, Any]) -> None:
    answers = await asyncio.gather(*(refund(world, paid) for _ in range(2)))
    assert sorted(answer.body.get("code", "") for answer in answers) == ["", "nothing_to_refund"]
    await until_settled(world, paid, ["done"])
    assert await given_back(world) == [PRICE]


@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before", "error", "rate_limit"])
async def test_a_call_without_a_decision_is_asked_about_and_moves_the_order_once(
    world: World, paid: dict[str, Any], kind: str
) -> None:
    """After a lost answer the processor's own word comes first: it waits, so that the seats go with the money."""
    await world.fault(kind=kind, operation=REFUNDS, count=2, delayMs=200)
    await refund(world, paid, seats=[1])
    await until_settled(world, paid, ["done"])
    await until_heard(world)
    assert await given_back(world) == [SEAT]
    assert await told(world, paid) == [(SEAT, (1,), True, "partially_refunded")]


@pytest.mark.proves("L-9")
@pytest.mark.parametrize("point", ["checkout.before_refund", "checkout.after_refund"])
async def test_a_crash_around_the_call_gives_it_back_once(world: World, tmp_path: Path, point: str) -> None:
    order = await bought(world)
    await world.checkout.stop()
    async with world.checkout.killable(FULLHOUSE_CRASH_AT=f"{point}={tmp_path / 'crashed'}") as process:
        with contextlib.suppress(aiohttp.ClientError):
            await refund(world, order, seats=[2])
        await process.wait()
    assert (tmp_path / "crashed").exists()
    # What the dead process had claimed is another one's when its lease ends.
    await world.database.execute("UPDATE refunds SET due_at = now() WHERE due_at IS NOT NULL")
    await world.start_checkout()
    await until_settled(world, order, ["done"])
    # The dead process got no webhook.
    for event in await stripe_events(world, "charge.refunded"):
        await send(world, event)
    await until_heard(world)
    assert await given_back(world) == [SEAT]
    assert await told(world, order) == [(SEAT, (2,), True, "partially_refunded")]


async def test_what_the_processor_refuses_is_seen_by_staff_and_told_to_no_buyer(
    world: World, paid: dict[str, Any]
) -> None:
    await world.fault(kind="error", operation=REFUNDS, status=400, code="charge_disputed", count=1)
    await refund(world, paid)
    await until_settled(world, paid, ["refused"])
    money = await refunds(world, paid)
    assert "charge_disputed" in money["data"][0]["lastError"]
    assert money["left"] == PRICE
    refused = [event for event in await world.events(paid["orderId"]) if isinstance(event, PaymentRefundRefused)]
    assert [(event.amount, event.cause) for event in refused] == [(PRICE, "charge_disputed")]
    assert await told(world, paid) == []
    await refund(world, paid)
    await until_settled(world, paid, ["refused", "done"])
    assert await told(world, paid) == [(PRICE, (1, 2), True, "refunded")]


async def test_what_went_back_at_the_dashboard_meanwhile_is_not_given_twice(world: World, paid: dict[str, Any]) -> None:
    await world.fault(kind="error", operation=REFUNDS, status=500)
    await refund(world, paid)
    await refund_by_hand(world, (await charges(world))[0])
    await world.clear_faults()
    await until_settled(world, paid, ["refused"])
    await until_heard(world)
    assert await given_back(world) == [PRICE]
    assert await told(world, paid) == [(PRICE, (1, 2), False, "refunded")]


@pytest.mark.proves("C-5")
async def test_a_second_charge_goes_back_beside_the_orders_own_money(world: World, paid: dict[str, Any]) -> None:
    """Half the price went back before it came: the whole second charge is beyond what the order still asks for."""
    await refund(world, paid, seats=[1])
    await until_settled(world, paid, ["done"])
    await world.fault(kind="error", operation=REFUNDS, status=500)
    await world.pay(await second_session(world, paid))

    async def both_here() -> bool:
        return len((await refunds(world, paid))["payments"]) == 2

    await world.until(both_here, "both payments")
    assert (await refund(world, paid)).body["amount"] == SEAT
    await world.clear_faults()
    await until_settled(world, paid, ["done", "done"])

    async def all_back() -> bool:
        return await given_back(world) == [PRICE, PRICE]

    await world.until(all_back, "both payments went back")
    assert await told(world, paid) == [(SEAT, (1,), True, "partially_refunded"), (SEAT, (2,), True, "refunded")]


@pytest.mark.proves("C-5")
async def test_a_dispute_that_comes_between_leaves_the_seats_to_its_end(world: World, paid: dict[str, Any]) -> None:
    """The processor gave it back, its answer was lost, and the bank takes the rest: who is told when it is won."""
    await world.fault(kind="error", operation="refunds.list", status=500)
    await refund(world, paid, seats=[1])

    async def tried() -> bool:
        return bool((await refunds(world, paid))["data"][0]["tries"])

    await world.until(tried, "it was tried")
    (charge,) = await charges(world)
    refund_id = (await refunds(world, paid))["data"][0]["refundId"]
    await give_back_as_ours(world, charge, refund_id)
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/charges/{charge['id']}/dispute", json={})
    await world.until_state(paid["orderId"], "disputed")
    await world.clear_faults()

    async def waits() -> bool:
        return "disputed" in str((await refunds(world, paid))["data"][0]["lastError"])

    await world.until(waits, "it waits for the end of the dispute")
    (dispute,) = await stripe_events(world, "charge.dispute.created")
    path = f"{world.sandbox}/_sandbox/stripe/disputes/{dispute['data']['object']['id']}/close"
    await world.ask("POST", path, json={"outcome": "won"})
    await until_settled(world, paid, ["done"])
    assert await told(world, paid) == [(SEAT, (1,), True, "partially_refunded")]
    assert await seats_of(world, paid) == ["refunded", "sold"]


async def give_back_as_ours(world: World, charge: dict[str, Any], refund_id: str) -> None:
    """What the processor has after a call of ours whose answer never came, and whose key it has forgotten."""
    form = {"payment_intent": charge["payment_intent"], "amount": str(SEAT), "metadata[refundId]": refund_id}
    headers = {**KEY, "Content-Type": "application/x-www-form-urlencoded"}
    answer = await world.ask(
        "POST", f"{world.sandbox}/stripe/v1/refunds", data=urlencode(form).encode(), headers=headers
    )
    assert answer.status == 200, answer


@pytest.mark.proves("O-1")
async def test_by_command_with_what_it_will_change_before_and_after(world: World, paid: dict[str, Any]) -> None:
    number = (await world.orders())[0]["number"]
    typed = f"{number[:4].lower()}-{number[4:].lower()}"
    why = ("--reason", "The buyer is ill")
    unsaid = await fullhouse(world, "orders", "refund", typed, "--seats", "1", *why)
    assert (unsaid.returncode, "--return-seats or --keep-seats" in unsaid.stderr) == (2, True)
    unasked = await fullhouse(world, "orders", "refund", typed, "--seats", "1", "--keep-seats", *why)
    assert (unasked.returncode, unasked.stderr) == (2, "Give $599.00 back? Say so with --yes.\n")
    assert await given_back(world) == [0]
    done = await fullhouse(world, "orders", "refund", typed, "--seats", "1", "--keep-seats", *why, "--wait", "--yes")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        f"Order {number[:4]}-{number[4:]} of Jordan Ellis: $599.00 of the $1,198.00 that are left go back.",
        "Seat 1: no longer valid, not on sale again.",
        "Seat 2: valid as before.",
        "The buyer gets an e-mail when the money has gone back.",
        "$599.00 went back.",
    ]
    again = await fullhouse(world, "orders", "refund", paid["orderId"], "--seats", "1", "--keep-seats", *why, "--yes")
    look = f"Look at `fullhouse orders show {number}`"
    assert (again.returncode, again.stderr) == (1, f"Seat 1 can't be refunded. {look}.\n")
    more = await fullhouse(world, "orders", "refund", number, "--amount", "599.01", *why, "--yes")
    assert (more.returncode, more.stderr) == (1, f"$599.00 can still be given back. {look}.\n")
    await world.fault(kind="error", operation=REFUNDS, status=400, code="charge_disputed", count=1)
    whole = await fullhouse(world, "orders", "refund", number, "--return-seats", *why, "--wait", "--yes")
    assert (whole.returncode, "charge_disputed" in whole.stderr) == (1, True)
    rest = await fullhouse(world, "orders", "refund", number, "--amount", "49.90", *why, "--wait", "--yes", "--json")
    assert [each["state"] for each in json.loads(rest.stdout)["refunds"]] == ["done"]
    shown = (await fullhouse(world, "orders", "show", typed)).stdout
    for line in (
        "partially_refunded  $1,198.00, $648.90 given back",
        "seat 1  ",
        "GA  refunded",
        "refund of $599.00, seat 1: done",
        "The buyer is ill (",
        "refund of $49.90: done",
        "left to give back: $549.10",
        "paid → partially_refunded  staff, refund_requested",
    ):
        assert line in shown
    found = json.loads((await fullhouse(world, "orders", "show", number, "--json")).stdout)
    assert (found["order"]["state"], found["money"]["left"]) == ("partially_refunded", 54_910)
    nobody = await fullhouse(world, "orders", "show", "2222-2222")
    assert (nobody.returncode, "No order has the number" in nobody.stderr) == (1, True)
    (charge,) = await charges(world)
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/charges/{charge['id']}/dispute", json={})
    await world.until_state(paid["orderId"], "disputed")
    frozen = await fullhouse(world, "orders", "refund", number, "--amount", "1", *why, "--yes")
    assert (frozen.returncode, f"{look} before you try again." in frozen.stderr) == (1, True)
