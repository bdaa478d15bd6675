"""The promised time, crashes between the steps, and Stripe's failures (C-1)."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta
from pathlib import Path
from typing import Any, cast
from uuid import UUID

import aiohttp
import pytest

from chassis.clock import SystemClock
from chassis.database import Database
from chassis.ids import uuid7
from chassis.tickets import TicketSigner
from checkout.blocks.service import Blocks
from checkout.orders.messages import OrderMessages
from checkout.orders.service import OrderService
from checkout.orders.tokens import OrderTokens
from checkout.payments import store
from checkout.payments.service import PaymentService
from checkout.purchases.sessions import PaymentPages
from checkout.purchases.sweeper import Sweeper
from checkout.seats.inventory import Held, HoldRequest
from config import Fees
from eventbus import Outbox
from events import CancelCause, OrderCancelled, OrderPaid
from monitor.figures.counting import counts
from monitor.figures.domain import Figure
from tests.fixtures.postgres import MakeDatabase
from tests.integration.checkout.stripe_webhooks import send
from tests.integration.checkout.world import TICKETS, Answer, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOST = (aiohttp.ClientError, asyncio.TimeoutError)


async def lost_purchase(world: World, key: str, **changes: Any) -> None:
    """The process dies under the request."""
    with contextlib.suppress(*LOST):
        answer = await world.buy(key=key, **changes)
        pytest.fail(f"it lives: {answer}")


async def end_promise(world: World, order_id: str) -> None:
    """The buyer's time is over now: what comes before it has all the time it needs, however busy the machine is."""
    await world.database.execute("UPDATE payment_attempts SET due_at = app_now() WHERE order_id = $1", UUID(order_id))


@pytest.mark.proves("C-1", "C-2", "L-9")
@pytest.mark.parametrize("point", ["checkout.after_hold", "checkout.after_commit", "checkout.after_session"])
async def test_a_crash_between_hold_and_session_is_repaired(surroundings: World, tmp_path: Path, point: str) -> None:
    """Killed at the point; the next process repairs it, and a repeat with the same key gets one order, one session.

    A code that counts once counts for it, once.
    """
    world = surroundings
    crash = f"{point}={tmp_path / 'crashed'}"
    await world.database.execute("WITH gone AS (DELETE FROM discount_uses) UPDATE discount_codes SET used = 0")
    await world.announce()
    await world.checkout.stop()
    async with world.checkout.killable(FULLHOUSE_CRASH_AT=crash) as process:
        await world.until_open()
        await lost_purchase(world, world.key, discountCode="once")
        await process.wait()
    assert (tmp_path / "crashed").exists()
    await world.start_checkout()

    async def repaired() -> bool:
        answer = await world.buy(key=world.key, discountCode="once")
        return answer.status == 200

    await world.until(repaired, "the repeat has its answer")
    again = await world.buy(key=world.key, discountCode="once")
    await world.pay(again.body["sessionId"])
    await world.until_state(again.body["orderId"], "paid")
    await world.until_stock(0, 2)
    assert [row["state"] for row in await world.orders()] == ["paid"]
    assert await world.database.fetchval("SELECT used FROM discount_codes WHERE code = 'ONCE'") == 1


@pytest.mark.proves("C-1", "I-2")
async def test_the_promised_time_ends_at_stripe_first(surroundings: World) -> None:
    world = surroundings
    await world.start_checkout(hold=timedelta(seconds=0.3))
    bought = (await world.buy()).body
    await world.until_state(bought["orderId"], "expired")
    await world.until_stock(0, 0)
    refused = await world.pay(bought["sessionId"])
    assert refused.status == 409
    told = await world.told(bought["orderId"])
    assert told[:2] == ["order.placed", "order.expired"]


@pytest.mark.proves("C-1", "C-4")
async def test_a_session_that_turns_out_to_be_paid_is_a_paid_order(surroundings: World) -> None:
    """Every webhook is lost; at the end of the promise Stripe says "complete"."""
    world = surroundings
    await world.start_checkout()
    await world.fault(kind="drop_webhook", count=100)
    bought = (await world.buy()).body
    await world.pay(bought["sessionId"])
    await end_promise(world, bought["orderId"])
    await world.until_state(bought["orderId"], "paid")
    await world.until_stock(0, 2)
    assert await world.told(bought["orderId"]) == ["order.placed", "order.paid"]


@pytest.mark.proves("C-1", "C-4")
async def test_a_session_that_is_complete_but_unpaid_is_pending(surroundings: World) -> None:
    world = surroundings
    await world.start_checkout()
    await world.fault(kind="drop_webhook", count=100)
    bought = (await world.buy()).body
    await world.pay(bought["sessionId"], "debit_succeeds")
    await end_promise(world, bought["orderId"])
    await world.until_state(bought["orderId"], "payment_pending")
    assert await world.stock() == (2, 0)


@pytest.mark.proves("C-1")
async def test_nothing_is_released_while_stripe_does_not_answer(surroundings: World) -> None:
    """Stripe is away when the promise ends: the order waits, and expires when Stripe is back."""
    world = surroundings
    await world.start_checkout()
    bought = (await world.buy()).body
    await world.fault(kind="error", status=500, share=1.0)
    await end_promise(world, bought["orderId"])

    async def tried() -> bool:
        (attempt,) = await store.of_order(world.database, UUID(bought["orderId"]))
        return attempt.tries > 0

    await world.until(tried, "the sweeper tried")
    assert await world.state(bought["orderId"]) == "awaiting_payment"
    assert await world.stock() == (2, 0)
    await world.clear_faults()
    await world.until_state(bought["orderId"], "expired")


@pytest.mark.proves("C-1")
async def test_the_sweeper_tries_again_however_long_stripe_is_away(surroundings: World) -> None:
    world = surroundings
    await world.start_checkout()
    bought = (await world.buy()).body
    await world.fault(kind="error", status=500, share=1.0)
    order_id = UUID(bought["orderId"])
    await world.database.execute("UPDATE payment_attempts SET tries = 5000 WHERE order_id = $1", order_id)
    await end_promise(world, bought["orderId"])

    async def put_off() -> bool:
        (attempt,) = await store.of_order(world.database, order_id)
        return attempt.tries > 5000

    await world.until(put_off, "the attempt is put off")
    await world.clear_faults()
    await world.database.execute("UPDATE payment_attempts SET due_at = app_now() WHERE order_id = $1", order_id)
    await world.until_state(bought["orderId"], "expired")


class SlowSeats:
    """Inventory that hangs until so many have asked at a time."""

    def __init__(self, parties: int) -> None:
        self._together = asyncio.Barrier(parties)

    async def hold(self, _request: HoldRequest) -> Held:
        raise AssertionError("this must not be asked")

    async def release(self, _order_id: UUID) -> bool:
        await self._together.wait()
        return True


@pytest.mark.proves("C-1")
async def test_orphaned_holds_are_freed_together(make_database: MakeDatabase) -> None:
    """One after the other they would keep the sweeper from everything else for a minute while inventory hangs."""
    database = await Database.connect(make_database("checkout"), application="test")
    for number in range(3):
        await database.execute(ORPHAN, f"own {number}", uuid7())
    lease = timedelta(seconds=60)
    pages = cast("PaymentPages", None)  # no attempt is due
    clock = SystemClock()
    payments = PaymentService(
        orders=cast("OrderService", None),
        blocks=cast("Blocks", None),
        fees=lambda: Fees(fees=()),
        outbox=cast("Outbox", None),
        clock=clock,
    )
    sweeper = Sweeper(
        database=database,
        payments=payments,
        pages=pages,
        seats=SlowSeats(3),
        lease=lease,
        deadline=lease,
        poll=lease,
        clock=clock,
    )
    freeing = asyncio.create_task(sweeper.orphans.run())
    async with asyncio.timeout(10):
        while await database.fetchval("SELECT count(*) FROM checkout_requests WHERE state <> 'failed' OR release_due"):
            await asyncio.sleep(0.01)
    sweeper.orphans.stop()
    await freeing
    await database.close()


ORPHAN = """
INSERT INTO checkout_requests (scope, key, body_hash, order_id, state, created_at, lease_until)
VALUES ('create-checkout-session', $1, '', $2, 'running', app_now(), app_now())
"""


@pytest.mark.proves("C-5", "I-3")
async def test_a_late_payer_is_paid_without_a_living_hold(surroundings: World) -> None:
    """The seats are gone from the hold when the money is told of: hold_alive says so."""
    world = surroundings
    await world.start_checkout()
    bought = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"])
    expired = "UPDATE orders SET state = 'expired', version = version + 1 WHERE order_id = $1"
    await world.database.execute(expired, UUID(bought["orderId"]))
    await world.clear_faults()
    headers = {"Authorization": "Bearer sk_test_sandbox"}
    kept = await world.ask("GET", f"{world.sandbox}/stripe/v1/events?type=checkout.session.completed", headers=headers)
    await send(world, kept.body["data"][0])
    await world.until_state(bought["orderId"], "paid")
    paid = [event for event in await world.events(bought["orderId"]) if isinstance(event, OrderPaid)]
    assert [event.hold_alive for event in paid] == [False]


@pytest.mark.proves("C-5", "M-1")
async def test_an_order_that_the_processor_failed_counts_as_a_failed_payment(world: World) -> None:
    """From the cause in checkout to the monitor's figure: neither end knows the other but by the event."""
    await world.fault(kind="error", status=500, operation="checkout.sessions.create", share=1.0)
    await world.buy(key=world.key)
    (order,) = await world.orders()
    (cancelled,) = [event for event in await world.events(str(order["order_id"])) if isinstance(event, OrderCancelled)]
    assert cancelled.cause == CancelCause.PAYMENT_PAGE_FAILED
    failed = [each for each in counts(cancelled) if each.cell.figure is Figure.PAYMENTS_FAILED]
    assert [(each.count, each.total, each.cell.label) for each in failed] == [(1, cancelled.amount, cancelled.cause)]


@pytest.mark.proves("C-2", "M-1")
async def test_what_the_processor_refuses_to_sell_is_no_failed_payment(world: World) -> None:
    await world.fault(kind="error", status=400, operation="checkout.sessions.create", share=1.0)
    assert (await world.buy(key=world.key)).status == 502
    (order,) = await world.orders()
    (cancelled,) = [event for event in await world.events(str(order["order_id"])) if isinstance(event, OrderCancelled)]
    assert cancelled.cause == CancelCause.PAYMENT_PAGE_REFUSED
    assert [each for each in counts(cancelled) if each.cell.figure is Figure.PAYMENTS_FAILED] == []


@pytest.mark.proves("C-1", "C-13")
async def test_when_stripe_fails_the_seats_go_back(world: World) -> None:
    await world.fault(kind="error", status=500, operation="checkout.sessions.create", share=1.0)
    answer = await world.buy(key=world.key)
    assert (answer.status, answer.body["code"]) == (502, "payment_processing_failed")
    assert "Retry-After" in answer.headers
    await world.until_stock(0, 0)
    await world.clear_faults()
    again = await world.buy(key=world.key)
    assert again.status == 200
    assert [row["state"] for row in await world.orders()] == ["cancelled", "awaiting_payment"]


@pytest.mark.proves("C-1", "C-13")
async def test_a_lost_answer_of_stripe_is_asked_for_again(surroundings: World) -> None:
    """It happened, and the answer was lost: the buyer hears busy, the sweeper finds the same session."""
    world = surroundings
    await world.start_checkout(STRIPE_DEADLINE_SECONDS="0.5")
    await world.fault(kind="timeout_after", operation="checkout.sessions.create", count=1, delayMs=3000)
    answer: Answer = await world.buy(key=world.key)
    assert (answer.status, answer.body["code"]) == (503, "payment_provider_busy")

    async def answered() -> bool:
        return (await world.buy(key=world.key)).status == 200

    await world.until(answered, "the repeat has its answer")
    (order,) = await world.orders()
    attempts = await store.of_order(world.database, order["order_id"])
    assert [attempt.session_id is not None for attempt in attempts] == [True]
    assert await world.stock() == (2, 0)


@pytest.mark.proves("C-1")
async def test_a_page_that_one_process_opened_outlives_the_failure_of_the_other(world: World) -> None:
    """A slow request and the sweeper make the same call: one has the page open when the other's call fails."""
    bought = (await world.buy()).body
    (attempt,) = await store.of_order(world.database, UUID(bought["orderId"]))
    async with world.database.transaction() as tx:
        assert await payments().given_up(tx, attempt, cause=CancelCause.PAYMENT_PAGE_FAILED) is None
    assert await world.state(bought["orderId"]) == "awaiting_payment"
    await world.pay(bought["sessionId"])
    await world.until_state(bought["orderId"], "paid")
    await world.until_stock(0, 2)


def payments() -> PaymentService:
    """As another process has it."""
    outbox = Outbox(source="checkout", clock=SystemClock(), wake=lambda: None)
    messages = OrderMessages(OrderTokens([TICKETS], public_url="http://127.0.0.1"))
    orders = OrderService(outbox=outbox, messages=messages, signer=TicketSigner(TICKETS), clock=SystemClock())
    return PaymentService(
        orders=orders,
        blocks=cast("Blocks", None),
        fees=lambda: Fees(fees=()),
        outbox=outbox,
        clock=SystemClock(),
    )
