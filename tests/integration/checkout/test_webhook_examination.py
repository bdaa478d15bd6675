"""Whether webhooks reach us is found out at the processor, at our own address and in our store (R-2, R-3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chassis.tokens import Role
from checkout.payments.processors.stripe_types import LISTED
from tests.integration.checkout.by_command import fullhouse
from tests.integration.checkout.money import KEY
from tests.integration.checkout.stripe_webhooks import send, stripe_events, webhook_states
from tests.integration.checkout.world import Answer, World

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHECK, DIAGNOSE = "/api/admin/webhooks/check", "/api/admin/webhooks/diagnose"


def states(answer: Answer) -> dict[str, str]:
    return {each["subject"]: each["state"] for each in answer.body["findings"]}


async def look(world: World, path: str) -> Answer:
    answer = await world.ask("GET", path, headers=world.token(Role.OPERATOR))
    assert answer.status == 200, answer
    return answer


async def endpoints(world: World) -> list[dict[str, Any]]:
    answer = await world.ask("GET", f"{world.sandbox}/stripe/v1/webhook_endpoints", headers=KEY)
    found: list[dict[str, Any]] = answer.body["data"]
    return found


async def change_endpoint(world: World, **change: str) -> None:
    [endpoint] = await endpoints(world)
    url = f"{world.sandbox}/stripe/v1/webhook_endpoints/{endpoint['id']}"
    assert (await world.ask("POST", url, headers=KEY, data=change)).status == 200


@pytest.mark.proves("R-2")
async def test_endpoints_are_checked_at_the_processor(world: World) -> None:
    """By API and command: in order, with a connected account that nothing listens to, and disabled."""
    bought = (await world.buy()).body
    await world.pay(bought["sessionId"])
    await world.until_state(bought["orderId"], "paid")

    async def proven() -> bool:
        return states(await look(world, CHECK))["secret"] == "well"

    await world.until(proven, "Stripe is known to have signed with our secret")
    well = await fullhouse(world, "webhooks", "check")
    assert (well.returncode, "✓ endpoint" in well.stdout, "✗" in well.stdout) == (0, True, False), well

    await world.ask("POST", f"{world.sandbox}/stripe/v1/accounts", headers=KEY)
    await change_endpoint(world, disabled="true")
    found = states(await look(world, CHECK))
    assert (found["endpoint"], found["endpoint for connected accounts"]) == ("wrong", "wrong")
    wrong = await fullhouse(world, "webhooks", "check", "--json")
    assert (wrong.returncode, json.loads(wrong.stdout)["ok"]) == (1, False)


@pytest.mark.proves("R-2", "O-5")
async def test_what_can_not_be_read_is_said_loudly_and_fails_the_job(world: World) -> None:
    await world.fault(kind="error", status=403, operation="events.list")
    told = await fullhouse(world, "webhooks", "diagnose")
    assert (told.returncode, "NOT READ" in told.stdout, "events of account acct_" in told.stdout) == (3, True, True), (
        told
    )
    await world.ask("POST", "/api/admin/checkout/jobs/configuration-check/run", headers=world.token(Role.ADMIN))

    async def failed() -> bool:
        sql = "SELECT error FROM job_runs WHERE job = 'configuration-check' AND outcome = 'failed'"
        return bool(await world.database.fetchval(sql) == "ProcessorNotReadable")

    await world.until(failed, "the job has failed and says why")
    await world.clear_faults()
    await world.database.execute("DELETE FROM job_runs WHERE job = 'configuration-check'")


@pytest.mark.proves("R-2")
async def test_webhooks_that_do_not_arrive_are_diagnosed(world: World) -> None:
    """Lost on the way, signed by another secret, and one that nobody can handle: each with what to do."""
    bought = (await world.buy()).body
    await world.fault(kind="drop_webhook", count=100)
    await world.pay(bought["sessionId"])
    event = (await stripe_events(world, "checkout.session.completed"))[0]
    assert (await send(world, event, secret="whsec_of_somebody_else")).status == 400
    event["data"]["object"]["amount_total"] = 100
    await send(world, event)

    async def failed() -> bool:
        return await webhook_states(world, "checkout.session.completed") == ["failed"]

    await world.until(failed, "the event failed")
    answer: Answer | None = None

    async def told() -> bool:
        nonlocal answer
        answer = await look(world, DIAGNOSE)
        return states(answer)["refused"] in {"note", "wrong"}

    await world.until(told, "the wrong signature is told of")
    assert answer is not None
    found = states(answer)
    assert (found["address"], found["received"], found["store"]) == ("well", "well", "wrong")
    assert event["id"] in str(answer.body["findings"])


@pytest.mark.proves("R-2")
@pytest.mark.parametrize("path", [CHECK, DIAGNOSE])
async def test_only_operators_have_the_processor_asked(world: World, path: str) -> None:
    assert (await world.ask("GET", path, headers=world.token(Role.VIEWER))).status == 403


async def paid_and_lost(world: World) -> dict[str, Any]:
    """An order whose money is at Stripe, and of which no webhook came; nor does anybody ask."""
    bought: dict[str, Any] = (await world.buy(quantity=1)).body
    await world.pay(bought["sessionId"])
    return bought


@pytest.mark.proves("R-4", "R-5")
async def test_events_are_replayed_once(surroundings: World) -> None:
    """What was lost is handled, what was handled is left, what failed is tried again; by stretch of time and by id."""
    world = surroundings
    await world.start_checkout(CHECKOUT_POLL_SECONDS="86400")
    await world.fault(kind="drop_webhook", count=10_000)
    lost = await paid_and_lost(world)
    only_shown = await fullhouse(world, "webhooks", "replay", "--since", "1h", "--dry-run")
    assert "Nothing was changed." in only_shown.stdout, only_shown
    assert await world.state(lost["orderId"]) == "awaiting_payment"
    assert await world.database.fetchval("SELECT count(*) FROM audit WHERE action = 'webhooks_replayed'") == 0
    first = await fullhouse(world, "webhooks", "replay", "--since", "1h", "--json")
    counts = json.loads(first.stdout)
    assert (first.returncode, counts["missing"] > 0, counts["replayed"]) == (0, True, counts["missing"]), first
    await world.until_state(lost["orderId"], "paid")
    again = await fullhouse(world, "webhooks", "replay", "--since", "1h")
    assert "0 are not here, 0 have failed here" in again.stdout, again
    assert (await world.told(lost["orderId"])).count("order.paid") == 1
    pages = await world.database.fetchval("SELECT count(*) FROM audit WHERE action = 'webhooks_replayed'")
    assert pages == len(LISTED), "a row for each page that was replayed"

    event = (await stripe_events(world, "checkout.session.completed"))[0]
    await world.database.execute("UPDATE webhook_events SET state = 'failed' WHERE event_id = $1", event["id"])
    retried = await fullhouse(world, "webhooks", "replay", "--id", event["id"])
    assert "1 were handled: 1 done." in retried.stdout, retried
    assert (await world.told(lost["orderId"])).count("order.paid") == 1
    unknown = await fullhouse(world, "webhooks", "replay", "--id", "evt_unknown")
    assert (unknown.returncode, "knows no event" in unknown.stderr) == (1, True), unknown


@pytest.mark.proves("R-4")
@pytest.mark.parametrize("body", [{}, {"since": "2026-05-04T09:00:00Z", "eventIds": ["evt_1"]}, {"eventIds": ["a b"]}])
async def test_a_replay_names_what_it_wants(world: World, body: dict[str, Any]) -> None:
    answer = await world.ask("POST", "/api/admin/webhooks/replay", json=body, headers=world.token())
    assert answer.status == 422, answer


@pytest.mark.proves("R-4")
async def test_an_account_that_can_not_be_read_stops_a_replay(world: World) -> None:
    asked = {"since": world.began.isoformat(), "account": "acct_unknown"}
    answer = await world.ask("POST", "/api/admin/webhooks/replay", json=asked, headers=world.token())
    assert (answer.status, answer.body["code"]) == (409, "account_unreadable")
    assert "acct_unknown" in answer.body["detail"]
    told = await fullhouse(world, "webhooks", "replay", "--since", "1h", "--account", "acct_unknown")
    assert (told.returncode, "NOT READ: acct_unknown" in told.stderr) == (3, True), told
