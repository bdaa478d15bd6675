"""Providers that fail, hang or lose answers (N-3, N-4, N-9)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.integration.notifier.facts import city, new_city, paid
from tests.integration.notifier.harness import World, until

pytestmark = pytest.mark.asyncio


async def _sell(world: World) -> None:
    here = new_city()
    await world.publish(city(here), paid(here))


async def _openings(world: World, channel: str) -> int:
    count: int = await world.database.fetchval("SELECT openings FROM breakers WHERE channel = $1", channel)
    return count


@pytest.mark.proves("N-9", "N-4", "E-7")
async def test_texts_wait_out_a_long_outage_and_mail_goes_on(world: World) -> None:
    fault = await world.fault(vendor="twilio", operation="messages.create", kind="error", status=503)
    async with world.notifier():
        await _sell(world)
        await until(lambda: _are(world, "email", ["delivered"]), what="mail goes on")
        await until(lambda: _probed(world, "sms", 4), what="several probes failed")
        assert await world.states("sms") == ["queued", "queued"]
        assert await world.told("channel.degraded") == 1
    # A restart in the middle of the outage loses nothing.
    async with world.notifier():
        await world.control("DELETE", f"faults/{fault}")
        await until(lambda: _are(world, "sms", ["delivered"] * 2), what="texts follow")
        assert len(await world.messages("sms")) == 2
        assert len(await world.messages("email")) == 1
    rows = await world.deliveries("channel = 'sms'")
    assert all(row["attempts"] <= 3 for row in rows)
    assert await world.told("channel.recovered") == 1
    assert await world.told("notification.failed") == 0


@pytest.mark.proves("N-4", "N-9")
async def test_account_trouble_opens_the_breaker_at_once_and_uses_no_attempt(world: World) -> None:
    fault = await world.fault(vendor="twilio", operation="messages.create", kind="vendor_code", code="20003")
    async with world.notifier():
        await _sell(world)
        await until(lambda: _probed(world, "sms", 1), what="open")
        for row in await world.deliveries("channel = 'sms' AND state = 'queued'"):
            assert (row["attempts"], row["error_code"] or "20003") == (0, "20003")
        await world.control("DELETE", f"faults/{fault}")
        await until(lambda: _are(world, "sms", ["delivered"] * 2), what="delivered")
    assert {row["attempts"] for row in await world.deliveries("channel = 'sms'")} == {1}


@pytest.mark.proves("N-4", "N-9")
async def test_account_trouble_that_comes_with_the_receipt_opens_the_breaker_and_loses_no_text(world: World) -> None:
    fault = await world.fault(vendor="twilio", operation="messages.create", kind="vendor_code", code="30002")
    async with world.notifier():
        await _sell(world)
        await until(lambda: _probed(world, "sms", 2), what="open, and a probe has failed")
        assert await world.told("channel.degraded") == 1
        assert await world.told("channel.recovered") == 0
        await world.control("DELETE", f"faults/{fault}")
        await until(lambda: _are(world, "sms", ["delivered"] * 2), what="delivered")
        await until(lambda: _closed(world, "sms"), what="closed")
    assert await world.told("notification.failed") == 0
    assert {row["attempts"] for row in await world.deliveries("channel = 'sms'")} == {1}


@pytest.mark.proves("N-4")
async def test_a_permanent_refusal_ends_at_once_with_a_reason(world: World) -> None:
    await world.fault(vendor="sendgrid", operation="mail.send", kind="error", status=400, count=1)
    async with world.notifier():
        await _sell(world)
        await until(lambda: _are(world, "email", ["failed"]), what="failed")
    [row] = await world.deliveries("channel = 'email'")
    assert (row["attempts"], row["reason"]) == (1, "SendGrid refused the message with HTTP 400.")
    assert await world.told("notification.failed") == 1
    assert await world.told("channel.degraded") == 0


@pytest.mark.proves("N-4")
async def test_a_passing_error_is_tried_again(world: World) -> None:
    await world.fault(vendor="sendgrid", operation="mail.send", kind="error", status=500, count=2)
    async with world.notifier():
        await _sell(world)
        await until(lambda: _are(world, "email", ["delivered"]), what="delivered")
    [row] = await world.deliveries("channel = 'email'")
    assert row["attempts"] == 3
    assert len(await world.messages("email")) == 1


@pytest.mark.proves("N-2", "N-9", "N-14")
async def test_a_text_that_waited_past_its_time_is_not_sent_and_says_so(world: World) -> None:
    fault = await world.fault(vendor="twilio", operation="messages.create", kind="error", status=500)
    async with world.notifier():
        await _sell(world)
        await until(lambda: _probed(world, "sms", 1), what="open")
        await world.later(timedelta(minutes=61))
        await until(lambda: _are(world, "sms", ["suppressed"] * 2), what="expired")
        await world.control("DELETE", f"faults/{fault}")
        await until(lambda: _are(world, "email", ["delivered"]), what="mail")
    assert {row["reason"] for row in await world.deliveries("channel = 'sms'")} == {"expired"}
    assert await world.told("notification.suppressed") == 2
    assert await world.messages("sms") == []


@pytest.mark.proves("N-3")
@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before"])
async def test_a_lost_answer_is_asked_about_before_anything_is_sent_again(world: World, kind: str) -> None:
    for vendor, operation in (("twilio", "messages.create"), ("sendgrid", "mail.send")):
        await world.fault(vendor=vendor, operation=operation, kind=kind, count=1, delayMs=20)
    async with world.notifier():
        await _sell(world)
        await until(lambda: _are(world, "sms", ["delivered"] * 2), what="texts")
        await until(lambda: _are(world, "email", ["delivered"]), what="mail")
    assert len(await world.messages("sms")) == 2
    assert len(await world.messages("email")) == 1
    assert {row["possible_duplicates"] for row in await world.deliveries()} == {0}


@pytest.mark.proves("N-3")
async def test_what_nobody_can_tell_is_sent_again_and_counted_when_it_is_critical(world: World) -> None:
    await world.fault(vendor="sendgrid", operation="mail.send", kind="timeout_after", count=1, delayMs=20)
    await world.fault(vendor="sendgrid", operation="messages.list", kind="error", status=403)
    # Without receipts either: an event would prove that the mail was taken.
    await world.fault(vendor="sendgrid", kind="drop_webhook", operation="event_webhook")
    async with world.notifier():
        await _sell(world)
        await until(lambda: _are(world, "email", ["sent"]), what="mail")
    [row] = await world.deliveries("channel = 'email'")
    assert row["possible_duplicates"] == 1
    assert len(await world.messages("email")) == 2


async def _are(world: World, channel: str, states: list[str]) -> bool:
    return await world.states(channel) == states


async def _probed(world: World, channel: str, times: int) -> bool:
    return await _openings(world, channel) >= times


async def _closed(world: World, channel: str) -> bool:
    return bool(await world.database.fetchval("SELECT state = 'closed' FROM breakers WHERE channel = $1", channel))
