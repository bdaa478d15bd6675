"""One account at the processor serves several shops: what is about nothing of ours is ignored (C-4)."""

from __future__ import annotations

from typing import Any

import pytest

from chassis.tokens import Role
from tests.integration.checkout.stripe_webhooks import renamed, send, stripe_events
from tests.integration.checkout.world import DISPUTED, World

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.proves("C-4")]

THEIRS = {"metadata": {"shop": "another"}}
UNPAID = {"payment_status": "unpaid"}
TOLD = "SELECT (SELECT count(*) FROM outbox) + (SELECT count(*) FROM outbox_sent)"
SETUP = {"mode": "setup", "payment_status": "no_payment_required", "amount_total": None, "currency": None}


async def outcome(world: World, event_id: str) -> tuple[str, str | None] | None:
    """State and cause of a stored webhook."""
    row = await world.database.fetchrow("SELECT state, cause FROM webhook_events WHERE event_id = $1", event_id)
    return (row["state"], row["cause"]) if row else None


async def until_outcome(world: World, event_id: str, expected: tuple[str, str | None]) -> None:
    async def there() -> bool:
        return await outcome(world, event_id) == expected

    await world.until(there, f"{event_id} {expected}")


async def sold_elsewhere(world: World) -> dict[str, dict[str, Any]]:
    """What the sandbox tells of a disputed and refunded sale, as if another shop had made it."""
    bought = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"], "4000000000000002")
    declined = (await stripe_events(world, "payment_intent.payment_failed"))[0]
    await world.pay(bought["sessionId"], DISPUTED)
    found = {"payment_intent.payment_failed": declined}
    for kind in ("checkout.session.completed", "charge.succeeded", "charge.dispute.created"):
        found[kind] = (await stripe_events(world, kind))[0]
    charge = {**found["charge.succeeded"]["data"]["object"], "amount_refunded": 1000}
    found["charge.refunded"] = {**found["charge.succeeded"], "type": "charge.refunded", "data": {"object": charge}}
    return found


def changed(event: dict[str, Any], event_id: str, **changes: Any) -> dict[str, Any]:
    subject = {**event["data"]["object"], **changes}
    if "payment_intent" in subject:
        subject["payment_intent"] = f"pi_{event_id}"
    return {**renamed(event, event_id), "data": {"object": subject}}


async def test_what_another_shop_does_is_ignored_and_counted(world: World) -> None:
    events = await sold_elsewhere(world)
    session = events["checkout.session.completed"]
    theirs = [
        changed(events["charge.succeeded"], "evt_charge", **THEIRS),
        changed(events["charge.refunded"], "evt_refund", **THEIRS),
        changed(events["charge.dispute.created"], "evt_dispute"),
        {**changed(events["charge.dispute.created"], "evt_closed", status="lost"), "type": "charge.dispute.closed"},
        changed(events["payment_intent.payment_failed"], "evt_decline", **THEIRS),
        changed(session, "evt_paid", id="cs_theirs", **THEIRS),
        changed(session, "evt_unpaid", id="cs_unpaid", **THEIRS, **UNPAID),
        changed(session, "evt_setup", id="cs_setup", **THEIRS, **SETUP),
        {**changed(session, "evt_expired", id="cs_expired", **THEIRS), "type": "checkout.session.expired"},
    ]
    before = await world.database.fetchval(TOLD)
    for event in theirs:
        assert (await send(world, event)).status == 200
    for event in theirs:
        await until_outcome(world, event["id"], ("ignored", "not_ours"))
    assert await world.database.fetchval(TOLD) == before
    scraped = await world.ask("GET", "/api/metrics", headers={"Authorization": f"Bearer {'m' * 20}"})
    counted = [line for line in scraped.body.splitlines() if line.startswith("webhooks_ignored_total{")]
    assert [line for line in counted if 'cause="not_ours"' in line and 'vendor="stripe"' in line]


async def test_an_unpaid_session_with_our_metadata_asks_nobody_and_a_paid_one_does(world: World) -> None:
    session = (await sold_elsewhere(world))["checkout.session.completed"]
    metadata = {**session["data"]["object"]["metadata"], "cityId": "nowhere"}
    del metadata["orderId"]
    await send(world, changed(session, "evt_our_unpaid", id="cs_our_unpaid", metadata=metadata, **UNPAID))
    await send(world, changed(session, "evt_our_paid", id="cs_our_paid", metadata=metadata))
    await until_outcome(world, "evt_our_unpaid", ("ignored", "not_ours"))
    await until_outcome(world, "evt_our_paid", ("failed", "session_unknown"))


@pytest.mark.proves("C-5")
async def test_a_dispute_that_came_before_its_payment_is_handled_when_that_has_come(world: World) -> None:
    """A dispute has no metadata: only its payment can tell whose it is."""
    events = await sold_elsewhere(world)
    await send(world, events["charge.dispute.created"])
    await until_outcome(world, events["charge.dispute.created"]["id"], ("ignored", "not_ours"))
    session = events["checkout.session.completed"]
    await send(world, session)
    await world.until_state(session["data"]["object"]["metadata"]["orderId"], "disputed")
    assert await outcome(world, events["charge.dispute.created"]["id"]) == ("done", None)


@pytest.mark.proves("C-12")
async def test_an_operator_closes_what_nobody_can_handle(world: World) -> None:
    session = (await sold_elsewhere(world))["checkout.session.completed"]
    await send(world, changed(session, "evt_cheap", amount_total=100))
    await until_outcome(world, "evt_cheap", ("failed", "amount_mismatch"))
    path, why = "/api/admin/webhooks/stripe/evt_cheap/close", {"reason": "refunded at the processor"}
    refused = await world.ask("POST", path, json=why, headers=world.token(Role.VIEWER))
    assert (refused.status, refused.body["code"]) == (403, "role_missing")
    for wrong in ({}, {"reason": " "}, {"reason": "two\nlines"}):
        assert (await world.ask("POST", path, json=wrong, headers=world.token(Role.OPERATOR))).status == 422
    closed = await world.ask("POST", path, json=why, headers=world.token(Role.OPERATOR))
    assert closed.status == 200
    assert [(act["actor"], act["action"], act["reason"]) for act in closed.body["history"]] == [
        ("ann@example.com", "webhook_closed", "refunded at the processor")
    ]
    assert await outcome(world, "evt_cheap") == ("closed", "amount_mismatch")
    again = await world.ask("POST", path, json=why, headers=world.token(Role.OPERATOR))
    assert (again.status, again.body["code"]) == (409, "webhook_finished")
    unknown = await world.ask("POST", path.replace("cheap", "none"), json=why, headers=world.token(Role.OPERATOR))
    assert unknown.status == 404
