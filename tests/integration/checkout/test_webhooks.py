"""The processor's events on the real stack: repeated, reordered, early, late, wrong (C-4, C-5)."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from stripe import WebhookSignature

from chassis.clock import SystemClock
from chassis.database import Database, Transaction
from chassis.ids import uuid7
from chassis.settings import SANDBOX_STAND_INS
from chassis.tokens import Role
from checkout.webhooks.domain import read_event
from checkout.webhooks.errors import Refused
from checkout.webhooks.service import WebhookInbox
from checkout.webhooks.workers import Incoming, WebhookWorker
from eventbus import Outbox
from events import OrderPaid, OrderRefunded, PaymentAttemptFailed
from tests.fixtures.postgres import MakeDatabase
from tests.integration.checkout.world import CARD, DECLINED, Answer, World

pytestmark = pytest.mark.asyncio

SECRET = SANDBOX_STAND_INS["STRIPE_WEBHOOK_SECRET"]
PATH = "/api/webhooks/stripe"


async def send(world: World, event: dict[str, Any], *, secret: str = SECRET, age: int = 0) -> Answer:
    """An event as Stripe sends it."""
    body = json.dumps(event)
    signature = WebhookSignature.generate_signature_header(body, secret, int(time.time()) - age)
    return await world.ask("POST", PATH, data=body.encode(), headers={"Stripe-Signature": signature})


async def stripe_events(world: World, kind: str) -> list[dict[str, Any]]:
    """Events of a type that the sandbox has kept."""
    headers = {"Authorization": f"Bearer {SANDBOX_STAND_INS['STRIPE_SECRET_KEY']}"}
    answer = await world.ask("GET", f"{world.sandbox}/stripe/v1/events?type={kind}", headers=headers)
    found: list[dict[str, Any]] = answer.body["data"]
    return found


async def webhook_states(world: World, kind: str) -> list[str]:
    rows = await world.database.fetch("SELECT state FROM webhook_events WHERE type = $1", kind)
    return [row["state"] for row in rows]


def renamed(event: dict[str, Any], event_id: str) -> dict[str, Any]:
    return {**event, "id": event_id}


@pytest.mark.proves("C-4", "E-4")
async def test_an_event_sent_five_times_at_once_has_one_effect(world: World) -> None:
    bought = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"])
    event = (await stripe_events(world, "checkout.session.completed"))[0]
    # The same event twice, and others with the same content, as a resend from several endpoints would be.
    sends = [event, event, *(renamed(event, f"evt_again{number}") for number in range(3))]
    answers = await asyncio.gather(*(send(world, each) for each in sends))
    assert {answer.status for answer in answers} == {200}
    await world.until_state(bought["orderId"], "paid")

    async def all_done() -> bool:
        return await webhook_states(world, "checkout.session.completed") == ["done"] * 4

    await world.until(all_done, "all four events handled")
    paid = [event for event in await world.events(bought["orderId"]) if isinstance(event, OrderPaid)]
    assert len(paid) == 1
    await world.until_stock(0, 2)


@pytest.mark.proves("C-4", "E-4")
async def test_workers_slower_than_their_lease_handle_an_event_once(make_database: MakeDatabase) -> None:
    database = await Database.connect(make_database("checkout"), application="test")
    outbox = Outbox(source="checkout", clock=SystemClock(), wake=lambda: None)
    handled: list[str] = []

    async def handle(tx: Transaction, incoming: Incoming) -> None:
        tx.after_commit(partial(handled.append, incoming.stored.event_id))
        await asyncio.sleep(0.05)
        if incoming.stored.type == "refused":
            raise Refused("never")

    async def fetch(_path: str) -> dict[str, Any]:
        raise AssertionError("nothing is to be fetched here")

    worker = WebhookWorker(
        database=database,
        handlers={"fine": handle, "refused": handle},
        fetch=fetch,
        outbox=outbox,
        clock=SystemClock(),
        lease=timedelta(0),
    )
    inbox = WebhookInbox(database, clock=SystemClock(), wake=worker.wake)
    for kind in ("fine", "refused"):
        named = {"id": kind, "object": "event", "type": kind, "livemode": False, "created": 1}
        await inbox.add(read_event(json.dumps({**named, "data": {"object": {}}}).encode()))
    await asyncio.gather(*(worker.work() for _ in range(3)))
    rows = await database.fetch("SELECT event_id, state, attempts FROM webhook_events ORDER BY event_id")
    assert [tuple(row.values()) for row in rows] == [("fine", "done", 0), ("refused", "failed", 1)]
    assert handled.count("fine") == 1
    assert await database.fetchval("SELECT count(*) FROM outbox") == 1
    await database.close()


@pytest.mark.proves("C-4", "C-5")
async def test_a_declined_card_keeps_the_seats_and_a_second_one_pays(world: World) -> None:
    bought = (await world.buy()).body
    await world.pay(bought["sessionId"], DECLINED)

    async def declined() -> bool:
        return "payment.attempt_failed" in await world.told(bought["orderId"])

    await world.until(declined, "payment.attempt_failed")
    assert await world.state(bought["orderId"]) == "awaiting_payment"
    assert await world.stock() == (2, 0)
    await world.pay(bought["sessionId"], CARD)
    await world.until_state(bought["orderId"], "paid")
    await world.until_stock(0, 2)
    failed = [event for event in await world.events(bought["orderId"]) if isinstance(event, PaymentAttemptFailed)]
    assert [(event.attempt, event.buyers_fault) for event in failed] == [(1, True)]


@pytest.mark.proves("C-4", "I-2")
async def test_a_pending_bank_debit_keeps_the_seats_until_the_money_comes(world: World) -> None:
    bought = (await world.buy()).body
    await world.pay(bought["sessionId"], "debit_succeeds")
    await world.until_state(bought["orderId"], "payment_pending")
    assert await world.stock() == (2, 0)
    await world.advance_sandbox(4000)
    await world.until_state(bought["orderId"], "paid")
    paid = [event for event in await world.events(bought["orderId"]) if isinstance(event, OrderPaid)]
    assert [event.hold_alive for event in paid] == [True]


@pytest.mark.proves("C-4")
async def test_a_failed_bank_debit_releases_the_seats(world: World) -> None:
    bought = (await world.buy()).body
    await world.pay(bought["sessionId"], "debit_fails")
    await world.until_state(bought["orderId"], "payment_pending")
    await world.advance_sandbox(4000)
    await world.until_state(bought["orderId"], "payment_failed")
    await world.until_stock(0, 0)


@pytest.mark.proves("C-5")
async def test_the_method_of_payment_is_kept(world: World) -> None:
    """Stripe tells of the charge before the session is complete."""
    bought = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"])
    await send(world, (await stripe_events(world, "charge.succeeded"))[0])

    async def noted() -> bool:
        return await webhook_states(world, "charge.succeeded") == ["done"]

    await world.until(noted, "the charge is noted")
    await send(world, (await stripe_events(world, "checkout.session.completed"))[0])
    await world.until_state(bought["orderId"], "paid")
    paid = [event for event in await world.events(bought["orderId"]) if isinstance(event, OrderPaid)]
    assert [(event.payment_method, event.country) for event in paid] == [("card", "US")]


@pytest.mark.proves("C-4", "E-6")
async def test_events_in_the_wrong_order_end_in_the_same_state(world: World) -> None:
    """The refund comes first and waits; the old word "unpaid" comes last and changes nothing."""
    bought = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"], "debit_succeeds")
    unpaid = (await stripe_events(world, "checkout.session.completed"))[0]
    await world.advance_sandbox(4000)
    succeeded = (await stripe_events(world, "checkout.session.async_payment_succeeded"))[0]
    charge = (await stripe_events(world, "charge.succeeded"))[0]["data"]["object"]
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/charges/{charge['id']}/refund", json={})
    refunded = (await stripe_events(world, "charge.refunded"))[0]

    await send(world, refunded)

    async def waits() -> bool:
        return await webhook_states(world, "charge.refunded") == ["waiting"]

    await world.until(waits, "the early refund waits")
    await send(world, succeeded)
    await world.until_state(bought["orderId"], "refunded")
    await send(world, unpaid)

    async def all_done() -> bool:
        return await webhook_states(world, "checkout.session.completed") == ["done"]

    await world.until(all_done, "the old event is handled")
    assert await world.state(bought["orderId"]) == "refunded"
    refunds = [event for event in await world.events(bought["orderId"]) if isinstance(event, OrderRefunded)]
    assert [(event.refunded_amount, event.refunded_seats) for event in refunds] == [(119800, (1, 2))]


@pytest.mark.proves("C-4", "C-5")
async def test_a_dispute_freezes_the_seats_and_a_won_one_gives_them_back(world: World) -> None:
    bought = (await world.buy()).body
    await world.pay(bought["sessionId"], "4000000000000259")
    await world.until_state(bought["orderId"], "disputed")
    order = await world.ask("GET", f"/api/orders/{bought['orderId']}?token={bought['orderToken']}")
    assert {seat["state"] for seat in order.body["seats"]} == {"frozen"}
    dispute = (await stripe_events(world, "charge.dispute.created"))[0]["data"]["object"]
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/disputes/{dispute['id']}/close", json={"outcome": "won"})
    await world.until_state(bought["orderId"], "paid")
    told = await world.told(bought["orderId"])
    assert [kind for kind in told if kind.startswith("order.")] == [
        "order.placed",
        "order.paid",
        "order.disputed",
        "order.dispute_closed",
    ]


@pytest.mark.proves("C-4", "C-5")
async def test_a_dispute_whose_end_comes_first_is_closed_when_its_beginning_has_come(world: World) -> None:
    """And what was refunded in part meanwhile counts once it is closed."""
    bought = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"], "4000000000000259")
    created = (await stripe_events(world, "charge.dispute.created"))[0]
    dispute = created["data"]["object"]["id"]
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/disputes/{dispute}/close", json={"outcome": "won"})
    closed = (await stripe_events(world, "charge.dispute.closed"))[0]
    await send(world, (await stripe_events(world, "checkout.session.completed"))[0])
    await world.until_state(bought["orderId"], "paid")
    await send(world, closed)

    async def waits() -> bool:
        return await webhook_states(world, "charge.dispute.closed") == ["waiting"]

    await world.until(waits, "the early end waits")
    charged = (await stripe_events(world, "charge.succeeded"))[0]
    charged |= {"id": "evt_part", "type": "charge.refunded"}
    charged["data"]["object"]["amount_refunded"] = 1000
    await world.database.execute(
        "UPDATE webhook_events SET due_at = due_at + interval '1 hour' WHERE state = 'waiting'"
    )
    await send(world, created)
    await world.until_state(bought["orderId"], "disputed")
    await send(world, charged)

    async def refunded() -> bool:
        return await webhook_states(world, "charge.refunded") == ["done"]

    await world.until(refunded, "the refund is noted")
    await world.database.execute("UPDATE webhook_events SET due_at = app_now() WHERE state = 'waiting'")
    await world.until_state(bought["orderId"], "partially_refunded")
    told = [event for event in await world.events(bought["orderId"]) if isinstance(event, OrderRefunded)]
    assert [event.refunded_amount for event in told] == [1000]


@pytest.mark.proves("C-4")
async def test_another_amount_is_not_fulfilled(world: World) -> None:
    bought = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"])
    event = (await stripe_events(world, "checkout.session.completed"))[0]
    event["data"]["object"]["amount_total"] = 100
    await send(world, event)

    async def failed() -> bool:
        return await webhook_states(world, "checkout.session.completed") == ["failed"]

    await world.until(failed, "the event failed")
    assert await world.state(bought["orderId"]) == "awaiting_payment"
    assert "payment.webhook_failed" in await world.told(bought["orderId"])
    listed = await world.ask("GET", "/api/admin/webhooks?state=failed", headers=world.token(Role.VIEWER))
    assert listed.body["data"][0]["lastError"].startswith("amount_mismatch")


@pytest.mark.proves("C-4")
async def test_a_paid_session_of_an_earlier_system_becomes_an_order_once(world: World) -> None:
    """Its metadata has no orderId; amount and currency are what the catalogue asks for."""
    bought = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"])
    event = (await stripe_events(world, "checkout.session.completed"))[0]
    subject = event["data"]["object"]
    subject |= {"id": "cs_test_earlier", "payment_intent": "pi_earlier"}
    del subject["metadata"]["orderId"]
    await asyncio.gather(send(world, event), send(world, renamed(event, "evt_again")))

    async def all_done() -> bool:
        return await webhook_states(world, "checkout.session.completed") == ["done", "done"]

    await world.until(all_done, "both handled")
    rows = await world.database.fetch("SELECT source, state, amount FROM orders WHERE source = 'repaired'")
    assert [(row["state"], row["amount"]) for row in rows] == [("paid", 119800)]


@pytest.mark.proves("C-4", "C-13")
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({}, "signature_missing"),
        ({"Stripe-Signature": "t=1,v1=00"}, "webhook_signature_invalid"),
        ({"Stripe-Signature": "nonsense"}, "webhook_signature_invalid"),
    ],
)
async def test_unsigned_events_are_refused(world: World, headers: dict[str, str], code: str) -> None:
    answer = await world.ask("POST", PATH, data=b"{}", headers=headers)
    assert (answer.status, answer.body["code"]) == (400, code)


@pytest.mark.proves("C-4", "X-4")
async def test_old_future_foreign_and_wrong_methods_are_refused(world: World) -> None:
    event = {"id": "evt_1", "object": "event", "type": "ping", "livemode": False, "created": 1, "data": {"object": {}}}
    answers = [
        await send(world, event, secret="whsec_other"),
        await send(world, event, age=400),
        await send(world, event, age=-400),
    ]
    assert {answer.body["code"] for answer in answers} == {"webhook_signature_invalid"}
    assert (await send(world, event, age=200)).status == 200
    for method in ("GET", "HEAD"):
        refused = await world.ask(method, PATH)
        assert (refused.status, refused.headers["Allow"]) == (405, "POST")


@pytest.mark.proves("C-4")
async def test_thin_and_snapshot_form_of_an_event_are_one(world: World) -> None:
    bought = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"])
    snapshot = (await stripe_events(world, "checkout.session.completed"))[0]
    thin = {
        "id": "evt_test_65thin",
        "object": "v2.core.event",
        "type": "v1.checkout.session.completed",
        "livemode": False,
        "created": "2026-11-21T12:00:00.000Z",
        "snapshot_event": snapshot["id"],
        "related_object": {
            "id": bought["sessionId"],
            "type": "checkout.session",
            "url": f"/v1/checkout/sessions/{bought['sessionId']}",
        },
    }
    await send(world, thin)
    await send(world, snapshot)
    await world.until_state(bought["orderId"], "paid")
    assert await webhook_states(world, "checkout.session.completed") == ["done"]


@pytest.mark.proves("C-4")
async def test_what_waits_together_is_handled_in_one_transaction(make_database: MakeDatabase) -> None:
    async with _raw_store(make_database) as (database, worker, handled):
        await _store(database, ["evt_1", "evt_2", "evt_3"])
        assert await worker.work() == 3
        assert len({transaction for _, transaction in handled}) == 1
        assert await _states(database) == dict.fromkeys(["evt_1", "evt_2", "evt_3"], "done")


@pytest.mark.proves("C-4")
async def test_one_that_fails_among_them_has_its_own_fate(make_database: MakeDatabase) -> None:
    async with _raw_store(make_database, refused="evt_2") as (database, worker, _):
        await _store(database, ["evt_1", "evt_2", "evt_3"])
        await worker.work()
        assert await _states(database) == {"evt_1": "done", "evt_2": "failed", "evt_3": "done"}
        # What the common try did was undone: each of the others has worked once.
        rows = await database.fetch("SELECT event_id FROM webhook_events WHERE order_id IS NOT NULL ORDER BY event_id")
        assert [row["event_id"] for row in rows] == ["evt_1", "evt_3"]


@asynccontextmanager
async def _raw_store(
    make_database: MakeDatabase, *, refused: str | None = None
) -> AsyncIterator[tuple[Database, WebhookWorker, list[tuple[str, str]]]]:
    """A worker whose handler notes the transaction that it was called in."""
    database = await Database.connect(make_database("checkout"), application="test")
    handled: list[tuple[str, str]] = []

    async def handle(tx: Transaction, incoming: Incoming) -> UUID:
        if incoming.stored.event_id == refused:
            raise Refused("never")
        handled.append((incoming.stored.event_id, await tx.fetchval("SELECT pg_current_xact_id()::text")))
        return uuid7()

    async def fetch(_path: str) -> dict[str, Any]:
        raise AssertionError("no event here is thin")

    clock = SystemClock()
    worker = WebhookWorker(
        database=database,
        handlers={"test.happened": handle},
        fetch=fetch,
        outbox=Outbox(source="checkout", clock=clock, wake=lambda: None),
        clock=clock,
    )
    try:
        yield database, worker, handled
    finally:
        await database.close()


async def _store(database: Database, event_ids: list[str]) -> None:
    inbox = WebhookInbox(database, clock=SystemClock(), wake=lambda: None)
    for event_id in event_ids:
        event = {"object": "event", "id": event_id, "type": "test.happened", "livemode": False, "created": 1}
        await inbox.add(read_event(json.dumps({**event, "data": {"object": {"id": f"of_{event_id}"}}}).encode()))


async def _states(database: Database) -> dict[str, str]:
    rows = await database.fetch("SELECT event_id, state FROM webhook_events ORDER BY event_id")
    return {row["event_id"]: row["state"] for row in rows}
