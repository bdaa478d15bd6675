"""Orders that cost nothing: the same way, without a processor (C-1, C-7)."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from events import OrderPaid, OrderRefunded
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.money import charges, refund
from tests.integration.checkout.world import Answer, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-1", "C-7")]


async def gift(world: World, **more: Any) -> Answer:
    """Two seats for nothing."""
    return await world.buy(discountCode="GIFT", expectedAmount=0, **more)


async def uses(world: World) -> int:
    sql = "SELECT count(*) FROM discount_uses AS u JOIN orders USING (order_id) WHERE $1 = ANY (city_ids)"
    found: int = await world.database.fetchval(sql, world.city)
    return found


async def cancelled(world: World, order: dict[str, Any]) -> Answer:
    path = f"/api/admin/orders/{order['orderId']}/cancel"
    return await world.ask("POST", path, json={"reason": "The guest can't come"}, headers=world.token())


async def test_it_has_its_tickets_at_once_and_nothing_is_asked_of_the_processor(world: World) -> None:
    await world.fault(kind="error", status=500)
    answer = await gift(world)
    await world.clear_faults()
    order = answer.body
    assert (answer.status, order["amount"], order["sessionId"]) == (200, 0, None)
    assert order["url"].endswith(f"/success?order={order['orderId']}&token={order['orderToken']}")
    await world.until_stock(0, 2)
    shown = (await world.ask("GET", f"/api/orders/{order['orderId']}?token={order['orderToken']}")).body
    assert (shown["state"], len(shown["tickets"]), shown["discountCode"]) == ("paid", 2, "GIFT")
    placed, paid = await world.events(order["orderId"])
    assert (placed.short_type(), paid.short_type()) == ("order.placed", "order.paid")
    assert isinstance(paid, OrderPaid)
    assert (paid.amount, paid.processor, paid.hold_alive) == (0, None, True)
    assert (await charges(world), await uses(world)) == ([], 1)


async def test_a_repeat_gets_the_same_order_and_the_code_ends_when_it_is_used_up(world: World) -> None:
    first, again = await asyncio.gather(*(gift(world, key=world.key) for _ in range(2)))
    assert (first.status, first.body) == (again.status, again.body)
    assert len(await world.orders()) == 1
    assert (await gift(world)).status == 200
    last = await gift(world)
    assert (last.status, list(last.body["fields"])) == (422, ["discountCode"])
    assert await uses(world) == 2
    await world.until_stock(0, 4)


@pytest.mark.proves("L-9")
@pytest.mark.parametrize("point", ["checkout.after_hold", "checkout.after_commit"])
async def test_a_crash_leaves_one_order_or_none_and_no_seat_behind(world: World, tmp_path: Path, point: str) -> None:
    await world.checkout.stop()
    async with world.checkout.killable(FULLHOUSE_CRASH_AT=f"{point}={tmp_path / 'crashed'}") as process:
        with contextlib.suppress(aiohttp.ClientError):
            await gift(world, key=world.key)
        await process.wait()
    assert (tmp_path / "crashed").exists()
    # What the dead process had begun is another one's when its lease ends.
    await world.database.execute("UPDATE checkout_requests SET lease_until = now() WHERE state = 'running'")
    await world.start_checkout()

    async def repeated() -> bool:
        return (await gift(world, key=world.key)).status == 200

    await world.until(repeated, "the same request is answered")
    (order,) = await world.orders()
    assert (order["state"], order["amount"]) == ("paid", 0)
    assert await world.told(str(order["order_id"])) == ["order.placed", "order.paid"]
    await world.until_stock(0, 2)
    assert await uses(world) == 1


async def test_it_is_cancelled_with_its_seats_and_the_codes_use(world: World) -> None:
    order = (await gift(world)).body
    await world.until_stock(0, 2)
    assert (await refund(world, order)).body["code"] == "nothing_to_refund"
    answers = await asyncio.gather(*(cancelled(world, order) for _ in range(2)))
    assert [(each.status, each.body["state"]) for each in answers] == [(200, "refunded")] * 2
    await world.until_stock(0, 0)
    told = [event for event in await world.events(order["orderId"]) if isinstance(event, OrderRefunded)]
    assert [(each.refunded_amount, each.refunded_seats, each.return_seats) for each in told] == [(0, (1, 2), True)]
    assert await uses(world) == 0


@pytest.mark.proves("O-1")
async def test_an_unpaid_order_is_cancelled_by_command_at_the_processor_first(world: World) -> None:
    order = (await world.buy(discountCode="ONCE")).body
    number = (await world.orders())[0]["number"]
    why = ("--reason", "Ordered by mistake")
    unasked = await fullhouse(world, "orders", "cancel", number, *why)
    assert (unasked.returncode, "Say so with --yes" in unasked.stderr) == (2, True)
    done = await fullhouse(world, "orders", "cancel", number, *why, "--yes")
    assert (done.returncode, done.stdout) == (0, f"Order {number[:4]}-{number[4:]} is cancelled.\n")
    told = [kind for kind in await world.told(order["orderId"]) if kind.startswith("order.")]
    assert told == ["order.placed", "order.cancelled"]
    await world.until_stock(0, 0)
    assert await uses(world) == 0
    assert (await world.pay(order["sessionId"])).status == 409
    again = await fullhouse(world, "orders", "cancel", order["orderId"], *why, "--yes", "--json")
    assert '"state":"cancelled"' in again.stdout.replace(" ", "")
    assert await world.state(order["orderId"]) == "cancelled"


async def test_one_that_turns_out_to_be_paid_stays_paid(world: World) -> None:
    order = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(order["sessionId"])
    answer = await cancelled(world, order)
    await world.clear_faults()
    assert (answer.status, answer.body["code"]) == (409, "order_not_cancellable")
    assert await world.state(order["orderId"]) == "paid"
    await world.until_stock(0, 2)
    assert (await cancelled(world, order)).body["code"] == "order_not_cancellable"


@pytest.mark.proves("L-9")
async def test_while_the_processor_is_away_nothing_is_given_back_and_it_is_cancelled_later(world: World) -> None:
    order = (await world.buy()).body
    await world.fault(kind="error", operation="checkout.sessions.expire", status=500)
    answer = await cancelled(world, order)
    assert (answer.status, answer.body["code"]) == (503, "payment_provider_busy")
    assert (await world.state(order["orderId"]), await world.stock()) == ("awaiting_payment", (2, 0))
    await world.clear_faults()
    await world.database.execute("UPDATE payment_attempts SET due_at = now() WHERE cancel_cause IS NOT NULL")
    await world.until_state(order["orderId"], "cancelled")
    await world.until_stock(0, 0)
