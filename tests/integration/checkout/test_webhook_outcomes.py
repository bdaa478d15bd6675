"""What the processor's events make of an order: declined, pending, disputed, out of order (C-4, C-5)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from events import OrderPaid, OrderRefunded, PaymentAttemptFailed, PaymentInquiry, PaymentMethodKnown
from tests.integration.checkout.stripe_webhooks import again, send, stripe_events, webhook_states
from tests.integration.checkout.world import CARD, DECLINED, INQUIRY, World

pytestmark = pytest.mark.asyncio(loop_scope="module")


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


@pytest.mark.proves("C-5", "E-11", "M-1")
async def test_a_method_that_becomes_known_after_the_payment_is_told(world: World) -> None:
    """And the time of the payment is the event's, not that of the page, on which the buyer may have waited."""
    bought = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"])
    completed = (await stripe_events(world, "checkout.session.completed"))[0]
    completed |= {"created": completed["created"] + 20}
    await send(world, completed)
    await world.until_state(bought["orderId"], "paid")
    charged = (await stripe_events(world, "charge.succeeded"))[0]
    await send(world, charged)
    await send(world, {**again(charged), "type": "charge.pending"})

    async def noted() -> bool:
        states = await webhook_states(world, "charge.succeeded") + await webhook_states(world, "charge.pending")
        return states == ["done", "done"]

    await world.until(noted, "the charge is noted")
    events = await world.events(bought["orderId"])
    paid = [event for event in events if isinstance(event, OrderPaid)]
    told_at = datetime.fromtimestamp(completed["created"], UTC)
    assert [(event.payment_method, event.processor_time) for event in paid] == [(None, told_at)]
    known = [event for event in events if isinstance(event, PaymentMethodKnown)]
    assert [(event.payment_method, event.processor) for event in known] == [("card", "stripe")]


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
    created = (await stripe_events(world, "charge.dispute.created"))[0]
    dispute = created["data"]["object"]
    # A restored database may know the order's state, and not yet the dispute; that is told again.
    await world.database.execute("DELETE FROM payment_disputes WHERE dispute_id = $1", dispute["id"])
    await send(world, again(created))
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
async def test_an_inquiry_is_told_and_freezes_nothing_until_the_money_is_withdrawn(world: World) -> None:
    bought = (await world.buy()).body
    await world.pay(bought["sessionId"], INQUIRY)
    dispute = await _dispute(world, "warning_needs_response")
    assert await world.state(bought["orderId"]) == "paid"
    asked = [event for event in await world.events(bought["orderId"]) if isinstance(event, PaymentInquiry)]
    assert [(event.amount, event.currency, event.cause) for event in asked] == [(119800, "USD", "fraudulent")]
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/disputes/{dispute}/withdraw")
    await world.until_state(bought["orderId"], "disputed")
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/disputes/{dispute}/close", json={"outcome": "won"})
    await world.until_state(bought["orderId"], "paid")
    withdrawn = (await stripe_events(world, "charge.dispute.funds_withdrawn"))[0]
    await send(world, again(withdrawn))

    async def both() -> bool:
        return await webhook_states(world, "charge.dispute.funds_withdrawn") == ["done", "done"]

    await world.until(both, "the late word is handled")
    assert await world.state(bought["orderId"]) == "paid"


@pytest.mark.proves("C-4")
async def test_an_inquiry_that_is_over_has_changed_nothing(world: World) -> None:
    bought = (await world.buy()).body
    await world.pay(bought["sessionId"], INQUIRY)
    dispute = await _dispute(world, "warning_needs_response")
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/disputes/{dispute}/close", json={"outcome": "won"})

    async def closed() -> bool:
        return await webhook_states(world, "charge.dispute.closed") == ["done"]

    await world.until(closed, "its end is handled")
    told = await world.told(bought["orderId"])
    assert [kind for kind in told if kind.startswith("order.")] == ["order.placed", "order.paid"]


async def _dispute(world: World, status: str) -> str:
    """The id of the one dispute, as soon as its beginning was handled."""

    async def begun() -> bool:
        return await webhook_states(world, "charge.dispute.created") == ["done"]

    await world.until(begun, "the dispute has begun")
    dispute = (await stripe_events(world, "charge.dispute.created"))[0]["data"]["object"]
    assert dispute["status"] == status
    return str(dispute["id"])


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
    charged = {**again(charged), "type": "charge.refunded"}
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
