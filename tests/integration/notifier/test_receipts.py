"""What the providers and the recipients tell us afterwards (N-8), and what people may look at (N-11)."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal

import pytest

from chassis.tokens import Role
from tests.integration.notifier import signing
from tests.integration.notifier.facts import city, new_city, paid
from tests.integration.notifier.harness import OWNERS, World, until

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("N-8")
async def test_late_and_reordered_callbacks_converge(world: World) -> None:
    for vendor in ("twilio", "sendgrid"):
        await world.fault(vendor=vendor, kind="reorder_webhooks", delayMs=300)
    async with world.notifier():
        await _sell(world)
        await until(lambda: _everything(world, "delivered"), what="delivered")
    assert await world.told("notification.delivered") == 3


@pytest.mark.proves("N-8", "C-4")
async def test_a_forged_callback_is_refused_and_the_provider_asked_instead(world: World) -> None:
    for vendor in ("twilio", "sendgrid"):
        await world.fault(vendor=vendor, kind="bad_signature")
    async with world.notifier():
        await _sell(world)
        await until(lambda: _everything(world, "sent"), what="sent")
        for path in ("twilio/status", "twilio/inbound", "sendgrid"):
            status, code = await _unsigned(world, path)
            assert (status, code) == (400, "signature_missing")
        assert await world.database.fetchval("SELECT count(*) FROM receipts") == 0
        await world.later(timedelta(seconds=61))
        await until(lambda: _everything(world, "delivered"), what="polled")
    for row in await world.deliveries("channel = 'sms'"):
        assert (row["cost"], row["cost_currency"], row["segments"]) == (Decimal("0.0079"), "USD", 1)


@pytest.mark.proves("N-8")
async def test_stop_suppresses_a_number_and_start_lifts_it(world: World) -> None:
    quiet, other = OWNERS
    async with world.notifier():
        await _reply(world, quiet, "STOP")
        await until(lambda: _suppressions(world, 1), what="on the list")
        await _sell(world)
        await until(lambda: _settled(world, "sms", 2), what="settled")
        assert {
            row["recipient"]: (row["state"], row["reason"]) for row in await world.deliveries("channel = 'sms'")
        } == {
            quiet: ("suppressed", "suppressed_recipient"),
            other: ("delivered", None),
        }
        _, masked = await world.get("/api/notifications/suppressions", Role.OPERATOR)
        status, listed = await world.get("/api/notifications/suppressions", Role.ADMIN)
        assert (status, listed["data"][0]["recipient"], listed["data"][0]["reason"]) == (200, quiet, "stop_reply")
        assert masked["data"][0]["recipient"] == f"***{quiet[-4:]}"
        assert (await world.get("/api/notifications/suppressions", Role.ADMIN, cursor="\0"))[0] == 422
        await _reply(world, quiet, "START")
        await until(lambda: _suppressions(world, 0), what="off the list")
    assert [text["to"] for text in await world.messages("sms")] == [other]


@pytest.mark.proves("N-4", "N-8")
async def test_who_opted_out_at_twilio_is_suppressed_here_too(world: World) -> None:
    await world.fault(vendor="twilio", operation="inbound", kind="drop_webhook")
    async with world.notifier():
        await _reply(world, OWNERS[0], "STOP")
        await _sell(world)
        await until(lambda: _settled(world, "sms", 2), what="settled")
    [refused] = await world.deliveries(f"recipient = '{OWNERS[0]}'")
    assert (refused["state"], refused["error_code"], refused["attempts"]) == ("failed", "21610", 1)
    assert await world.database.fetchval("SELECT reason FROM suppressions") == "opted_out"


@pytest.mark.proves("N-8", "N-13", "C-11")
async def test_hostile_content_under_a_right_signature_is_stored_or_refused_and_spoils_nobodys(world: World) -> None:
    nasty, deep = "\0\u202e", "[" * 50_000 + "]" * 50_000
    bounce = {
        "event": "bounce",
        "email": f"Gone\ud800@Example.com{nasty}",
        "sg_event_id": f"e\udc00{nasty}",
        "x": nasty,
    }
    batch = f'[{json.dumps(bounce)}, {{"event": "open", "x": {deep}}}, {json.dumps({**bounce, "sg_event_id": "e2"})}]'
    press = {"type": "block_actions", "user": {"id": nasty}, "actions": [{"action_id": "acknowledge", "value": nasty}]}
    event = {"id": nasty, "event_type": "incident.acknowledged", "data": {"incident_key": f"k\ud800{nasty}"}}
    agent = {"id": nasty, "type": "user_reference", "summary": nasty}
    async with world.notifier():
        assert (
            await signing.by_twilio(world, "status", {"MessageSid": f"SM{nasty}", "MessageStatus": nasty + "sent"})
            == 204
        )
        inbound = {"From": OWNERS[0], "Body": f"ACK 1234{nasty}", "MessageSid": nasty}
        assert await signing.by_twilio(world, "inbound", inbound) == 200
        assert await signing.by_twilio(world, "inbound", {**inbound, "From": nasty}) == 200
        assert await signing.by_sendgrid(world, batch.encode()) == 204
        assert await signing.by_sendgrid(world, deep.encode()) == 400
        assert await signing.by_slack(world, json.dumps(press)) == 200
        assert await signing.by_slack(world, deep) == 400
        assert await signing.by_pagerduty(world, json.dumps({"event": {**event, "agent": agent}}).encode()) == 204
        assert await signing.by_pagerduty(world, deep.encode()) == 400
    assert await world.database.fetchval("SELECT count(*) FROM receipts") == 3
    assert await world.database.fetchval("SELECT recipient FROM suppressions") == "gone@example.com"


@pytest.mark.proves("N-8")
async def test_a_bounce_of_one_spelling_holds_for_every_spelling(world: World) -> None:
    here = new_city()
    sold = paid(here)
    async with world.notifier():
        bounce = {"event": "bounce", "email": f" {sold.customer.email.swapcase()} ", "sg_event_id": "e1"}
        assert await signing.by_sendgrid(world, json.dumps([bounce]).encode()) == 204
        await world.publish(city(here), sold)
        await until(lambda: _settled(world, "email", 1), what="settled")
    [row] = await world.deliveries("channel = 'email'")
    assert (row["state"], row["reason"]) == ("suppressed", "suppressed_recipient")


@pytest.mark.proves("N-8")
async def test_a_bounce_fails_the_delivery_and_suppresses_the_address(world: World) -> None:
    await world.fault(vendor="sendgrid", operation="mail.send", kind="vendor_code", code="bounce")
    async with world.notifier():
        await _sell(world)
        await until(lambda: _settled(world, "email", 1), what="bounced")
    [row] = await world.deliveries("channel = 'email'")
    assert (row["state"], row["error_code"]) == ("failed", "5.1.1")
    assert await world.database.fetchval("SELECT recipient FROM suppressions") == row["recipient"].lower()


@pytest.mark.proves("N-11", "X-3", "C-12", "E-10")
async def test_people_see_deliveries_page_by_page_with_masked_recipients(world: World) -> None:
    async with world.notifier():
        await _sell(world)
        await until(lambda: _everything(world, "delivered"), what="delivered")
        assert (await world.get("/api/notifications", None))[0] == 401
        assert (await world.get("/api/notifications/suppressions", Role.VIEWER))[0] == 403
        status, first = await world.get("/api/notifications", limit="2")
        assert status == 200
        _, second = await world.get("/api/notifications", limit="2", cursor=first["nextCursor"])
        _, texts = await world.get("/api/notifications", channel="sms", state="delivered")
        assert (await world.get("/api/notifications", cursor="x"))[0] == 422
        assert (await world.get("/api/notifications", kind="\0"))[0] == 422
    assert [len(first["data"]), len(second["data"]), second["nextCursor"]] == [2, 1, None]
    assert len({each["deliveryId"] for each in first["data"] + second["data"]}) == 3
    assert sorted(each["recipient"] for each in texts["data"]) == ["***0100", "***0101"]


@pytest.mark.proves("N-10", "N-6", "C-12")
async def test_an_admin_sends_a_test_and_sees_the_providers_answer(world: World) -> None:
    async with world.notifier():
        status, sms = await world.post("/api/sms/test", {"test": True})
        assert (status, sms["success"], sms["status"]) == (200, True, "queued")
        status, email = await world.post("/api/email/test", {"to": "pat@example.com"})
        assert (status, email["success"]) == (200, True)
        await world.fault(vendor="twilio", operation="messages.create", kind="vendor_code", code="21614", count=1)
        _, refused = await world.post("/api/sms/test", {"to": "+1-352-555-0177"})
        assert (refused["success"], refused["code"], refused["status"]) == (False, "21614", "failed")
        status, problem = await world.post("/api/sms/test", {"to": "+1-555-MANAGER"})
        assert (status, problem["code"]) == (422, "invalid_request")
        assert "placeholder" in problem["fields"]["to"]
        assert (await world.post("/api/sms/test", {}, Role.OPERATOR))[0] == 403
        [text] = await world.messages("sms")
        [mail] = await world.messages("email")
    assert (text["to"], text["text"].startswith("Test from")) == (OWNERS[0], True)
    assert (mail["to"], mail["subject"]) == ("pat@example.com", "Test from 6FB Workshops")


async def _sell(world: World) -> None:
    here = new_city()
    await world.publish(city(here), paid(here))


async def _reply(world: World, number: str, body: str) -> None:
    ours = world.values["TWILIO_PHONE_NUMBER"]
    await world.control("POST", "twilio/reply", {"from": number, "to": ours, "body": body})


async def _unsigned(world: World, path: str) -> tuple[int, str]:
    form = {"headers": {"Content-Type": "application/x-www-form-urlencoded"}, "data": b"MessageSid=SM1"}
    async with world.http.post(f"{world.values['PUBLIC_URL']}/api/webhooks/{path}", **form) as answer:  # type: ignore[arg-type]
        return answer.status, (await answer.json())["code"]


async def _suppressions(world: World, count: int) -> bool:
    found: int = await world.database.fetchval("SELECT count(*) FROM suppressions")
    return found == count


async def _settled(world: World, channel: str, count: int) -> bool:
    ended = {"delivered", "failed", "suppressed"}
    return len([state for state in await world.states(channel) if state in ended]) == count


async def _everything(world: World, state: str) -> bool:
    rows = await world.deliveries()
    return len(rows) == 3 and {row["state"] for row in rows} == {state}
