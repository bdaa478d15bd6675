"""The processor's events as they come in on the real stack: repeated, forged, foreign, in two forms (C-4)."""

from __future__ import annotations

import asyncio
import json

import pytest

from chassis.tokens import Role
from events import OrderPaid
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.stripe_webhooks import PATH, again, send, stripe, stripe_events, webhook_states
from tests.integration.checkout.world import World

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.proves("C-4", "E-4")
async def test_an_event_sent_five_times_at_once_has_one_effect(world: World) -> None:
    bought = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"])
    event = (await stripe_events(world, "checkout.session.completed"))[0]
    # The same event twice, and others with the same content, as a resend from several endpoints would be.
    sends = [event, event, *(again(event) for _ in range(3))]
    answers = await asyncio.gather(*(send(world, each) for each in sends))
    assert {answer.status for answer in answers} == {200}
    await world.until_state(bought["orderId"], "paid")

    async def all_done() -> bool:
        return await webhook_states(world, "checkout.session.completed") == ["done"] * 4

    await world.until(all_done, "all four events handled")
    paid = [event for event in await world.events(bought["orderId"]) if isinstance(event, OrderPaid)]
    assert len(paid) == 1
    await world.until_stock(0, 2)


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
    assert listed.body["data"][0]["cause"] == "amount_mismatch"


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
    await asyncio.gather(send(world, event), send(world, again(event)))

    async def all_done() -> bool:
        return await webhook_states(world, "checkout.session.completed") == ["done", "done"]

    await world.until(all_done, "both handled")
    repaired = [row for row in await world.orders() if row["source"] == "repaired"]
    assert [(row["state"], row["amount"]) for row in repaired] == [("paid", 119800)]


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


@pytest.mark.proves("C-4", "X-4")
async def test_what_a_connected_account_tells_settles_no_order_of_ours(surroundings: World) -> None:
    """It has an endpoint and secrets of its own, two while one is replaced; what names an account is of it anywhere."""
    world = surroundings
    asked = {"url": f"{world.base}{PATH}/connect", "enabled_events[0]": "account.updated", "connect": "true"}
    made = await stripe(world, "POST", "webhook_endpoints", **asked)
    secrets = f"whsec_connect,{made['secret']}"
    await world.start_checkout(STRIPE_CONNECT_WEBHOOK_SECRET=secrets)
    bought = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"])
    told = (await stripe_events(world, "checkout.session.completed"))[0]
    theirs = [{**again(told), "account": "acct_1Connected"} for _ in range(3)]
    answers = [
        await send(world, theirs[0], path=f"{PATH}/connect", secret="whsec_connect"),
        await send(world, theirs[1], path=f"{PATH}/connect", secret=made["secret"]),
        await send(world, theirs[2]),
        await send(world, theirs[0], path=f"{PATH}/connect"),
        await send(world, told, path=f"{PATH}/connect", secret="whsec_connect"),
        await send(world, told, secret="whsec_connect"),
    ]
    assert [answer.status for answer in answers] == [200, 200, 200, 400, 400, 400]

    async def handled() -> bool:
        return await webhook_states(world, "checkout.session.completed") == ["ignored"] * 3

    await world.until(handled, "all three are ignored")
    assert await world.state(bought["orderId"]) == "awaiting_payment"
    listed = await fullhouse(world, "webhooks", "list", "--type", told["type"], "--since", "1h")
    assert "ignored  of acct_1Connected\n    connected_account: " in listed.stdout
    await send(world, told)
    await world.until_state(bought["orderId"], "paid")
    await world.clear_faults()
    account = (await stripe(world, "POST", "accounts", type="standard"))["id"]
    await world.ask("POST", f"{world.sandbox}/_sandbox/stripe/accounts/{account}", json={"detailsSubmitted": True})

    async def heard() -> bool:
        return f"ignored  of {account}" in (await fullhouse(world, "webhooks", "list", "--since", "1h")).stdout

    await world.until(heard, "Stripe itself tells the endpoint of connected accounts")
    await stripe(world, "DELETE", f"webhook_endpoints/{made['id']}")


@pytest.mark.proves("C-4", "O-1")
async def test_by_command_they_are_listed_and_shown_without_what_is_personal(world: World) -> None:
    order = (await world.buy()).body
    await world.pay(order["sessionId"])
    await world.until_state(order["orderId"], "paid")
    kind = "checkout.session.completed"
    listed = await fullhouse(world, "webhooks", "list", "--type", kind, "--order", order["orderId"], "--since", "1h")
    (line,) = listed.stdout.splitlines()
    assert line.endswith(f"{kind}  done  order {order['orderId']}")
    event_id = line.split("  ")[1]
    shown = await fullhouse(world, "webhooks", "show", event_id)
    assert (shown.returncode, order["sessionId"] in shown.stdout) == (0, True)
    assert world.email not in shown.stdout
    assert "Jordan" not in shown.stdout
    assert json.loads((await fullhouse(world, "webhooks", "show", event_id, "--json")).stdout)["eventId"] == event_id
    none = await fullhouse(world, "webhooks", "list", "--state", "failed", "--order", order["orderId"])
    assert none.stdout == "There is no such webhook.\n"
    wrong = await fullhouse(world, "webhooks", "list", "--state", "lost")
    assert wrong.returncode != 0

    await world.ask("POST", PATH, data=b"{}")

    async def counted() -> bool:
        return "stripe  signature_missing × " in (await fullhouse(world, "webhooks", "refused")).stdout

    await world.until(counted, "the refusal is told with its reason")
