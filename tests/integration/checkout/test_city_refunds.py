"""A workshop is cancelled: all of its orders get their money back, once, whatever happens on the way (C-7)."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from events import OrderRefunded
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.money import REFUNDS, SEAT, charges, refund, until_settled
from tests.integration.checkout.world import Answer, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-7")]


async def paid(world: World, quantity: int = 1, **more: Any) -> dict[str, Any]:
    """One of several orders of the city."""
    order: dict[str, Any] = (await world.buy(quantity=quantity, **more)).body
    if order["amount"]:
        await world.pay(order["sessionId"])
    await world.until_state(order["orderId"], "paid")
    return order


async def preview(world: World) -> dict[str, Any]:
    answer = await world.ask("GET", f"/api/admin/cities/{world.city}/refund", headers=world.token())
    assert answer.status == 200, answer
    found: dict[str, Any] = answer.body
    return found


async def start(world: World, orders: int) -> Answer:
    body = {"reason": "The workshop is cancelled", "returnSeats": False, "expectedOrders": orders}
    return await world.ask("POST", f"/api/admin/cities/{world.city}/refund", json=body, headers=world.token())


async def until_finished(world: World, run_id: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    async def finished() -> bool:
        found.update((await world.ask("GET", f"/api/admin/city-refunds/{run_id}", headers=world.token())).body)
        return bool(found["finished"])

    await world.until(finished, "the city is refunded")
    return found


async def refunded(world: World, order: dict[str, Any]) -> list[int]:
    """What each `order.refunded` says."""
    events = await world.events(order["orderId"])
    return [event.refunded_amount for event in events if isinstance(event, OrderRefunded)]


@pytest.mark.proves("O-1")
async def test_what_is_shown_before_is_what_goes_back(world: World) -> None:
    whole, part, free = await paid(world), await paid(world, 2), await paid(world, discountCode="GIFT")
    disputed, gone, open_ = await paid(world), await paid(world), (await world.buy(quantity=1)).body
    await refund(world, part, seats=[1])
    await refund(world, gone)
    await until_settled(world, part, ["done"])
    await until_settled(world, gone, ["done"])
    charge = next(each for each in await charges(world) if each["metadata"]["orderId"] == disputed["orderId"])
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/charges/{charge['id']}/dispute", json={})
    await world.until_state(disputed["orderId"], "disputed")

    seen = await preview(world)
    assert (seen["orders"], [(each["currency"], each["amount"]) for each in seen["money"]]) == (3, [("USD", 2 * SEAT)])
    assert seen["money"][0]["ownAmount"] == 2 * SEAT
    assert isinstance(seen["money"][0]["available"], int)
    assert {each["orderId"]: each["why"] for each in seen["excluded"]} == {
        disputed["orderId"]: "disputed",
        gone["orderId"]: "already_refunded",
        open_["orderId"]: "not_paid",
    }
    stale = await start(world, 4)
    assert (stale.body["code"], stale.body["orders"]) == ("city_orders_changed", 3)

    why = ("--reason", "The workshop is cancelled")
    unasked = await fullhouse(world, "orders", "refund-city", world.city, *why)
    assert (unasked.returncode, "Refund 3 orders?" in unasked.stderr) == (2, True)
    done = await fullhouse(world, "orders", "refund-city", world.city, *why, "--wait", "--yes")
    assert (done.returncode, "3 of 3 orders were asked for; their refunds: 2 done." in done.stdout) == (0, True)
    assert "$1,198.00 go back" in done.stdout
    assert [await refunded(world, each) for each in (whole, part, free)] == [[SEAT], [SEAT, SEAT], [0]]
    assert {await world.state(each["orderId"]) for each in (whole, part, free)} == {"refunded"}
    assert await world.state(disputed["orderId"]) == "disputed"
    assert (await preview(world))["orders"] == 0


async def test_one_that_fails_stops_no_other_and_is_listed(world: World) -> None:
    first, second = await paid(world), await paid(world)
    await world.fault(kind="error", operation=REFUNDS, status=400, code="charge_expired", count=1)
    run = (await start(world, 2)).body
    again = await start(world, 2)
    assert again.body["code"] in ("city_refund_running", "city_orders_changed")
    found = await until_finished(world, run["runId"])
    assert found["refunds"] == {"done": 1, "refused": 1}
    states = [await world.state(each["orderId"]) for each in (first, second)]
    assert set(states) == {"paid", "refunded"}

    late = (await world.buy(quantity=1)).body
    await world.database.execute(
        "INSERT INTO city_refund_orders (run_id, order_id) VALUES ($1::text::uuid, $2::text::uuid)",
        run["runId"],
        late["orderId"],
    )
    found = await until_finished(world, run["runId"])
    assert [(each["orderId"], each["problem"]) for each in found["failed"]] == [(late["orderId"], "order_not_paid")]
    told = await fullhouse(world, "orders", "city-refund", run["runId"])
    assert "was left: order_not_paid." in told.stdout


async def test_what_is_wrong_with_an_order_itself_is_kept_and_the_others_go_on(world: World) -> None:
    wrong, right = await paid(world), await paid(world)
    spoil = "UPDATE orders SET lines = $2 WHERE order_id = $1::text::uuid"
    (before,) = [row["lines"] for row in await world.orders() if str(row["order_id"]) == wrong["orderId"]]
    await world.database.execute(spoil, wrong["orderId"], [{}])
    found = await until_finished(world, (await start(world, 2)).body["runId"])
    await world.database.execute(spoil, wrong["orderId"], before)
    assert [(each["orderId"], each["problem"]) for each in found["failed"]] == [
        (wrong["orderId"], "failed_unexpectedly")
    ]
    assert (found["refunds"], await refunded(world, right)) == ({"done": 1}, [SEAT])


@pytest.mark.proves("L-9")
async def test_a_crash_in_the_middle_refunds_each_order_once(world: World, tmp_path: Path) -> None:
    orders = [await paid(world) for _ in range(3)]
    await world.checkout.stop()
    point = f"checkout.after_city_refund_order={tmp_path / 'crashed'}"
    async with world.checkout.killable(FULLHOUSE_CRASH_AT=point) as process:
        with contextlib.suppress(aiohttp.ClientError):
            await start(world, 3)
        await process.wait()
    assert (tmp_path / "crashed").exists()
    await world.database.execute("UPDATE refunds SET due_at = now() WHERE due_at IS NOT NULL")
    await world.start_checkout()
    run_id = await world.database.fetchval("SELECT run_id FROM city_refunds WHERE city_id = $1", world.city)
    found = await until_finished(world, str(run_id))
    assert (found["orders"], found["failed"], found["refunds"]) == (3, [], {"done": 3})
    assert await asyncio.gather(*(refunded(world, each) for each in orders)) == [[SEAT]] * 3
    assert sorted(each["amount_refunded"] for each in await charges(world)) == [SEAT] * 3
