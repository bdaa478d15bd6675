"""Alerts reach the right people by each way once, and stop when somebody has taken them (N-2, M-7)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from chassis.http_client import VendorClient
from chassis.ids import uuid7
from events import AlertKind, Severity
from notifier.channels.domain import Accepted, Refused, Verdict
from notifier.channels.slack import ChatMessage
from notifier.channels.slack_chat import SlackAccount, SlackChat
from tests.integration.notifier.alarms import ALEX, ROBIN, SAM, Alarm
from tests.integration.notifier.harness import World, until

pytestmark = pytest.mark.asyncio
FINISHED = {"sent", "delivered", "failed", "suppressed"}


@pytest.mark.proves("N-1", "N-2", "N-15", "A-1", "X-8", "N-12", "E-4")
async def test_a_critical_alert_reaches_each_person_and_channel_once(world: World) -> None:
    alarm = Alarm(summary="Low payment success rate: 40.0% (limit 95%) <!channel>")
    async with world.notifier():
        raised = alarm.raised()
        await world.publish(raised)
        for _ in range(3):
            await world.repeat()
        await world.publish(raised)
        await until(lambda: _finished(world, 6), what="everybody reached")
        texts, mails = await world.messages("sms"), await world.messages("email")
        [chat] = await world.messages("slack")
        await until(lambda: _paged(world), what="worked off by PagerDuty")
        [page] = await _incidents(world)
    assert sorted(text["to"] for text in texts) == sorted({ALEX, SAM})
    assert {text["text"] for text in texts} == {
        f"CRITICAL: Low payment success rate: 40.0% (limit 95%) <!channel>. Reply ACK {alarm.code}"
    }
    assert sorted(mail["to"] for mail in mails) == ["alex@example.com", "sam@example.com"]
    assert mails[0]["subject"].startswith("💀 CRITICAL: Low payment success rate")
    assert "&lt;!channel&gt;" in mails[0]["html"]
    assert "#000000" in mails[0]["html"]
    assert chat["to"] == "#critical-alerts"
    assert "<!channel>" not in chat["text"]
    assert (page["dedupKey"], page["severity"], page["status"]) == (alarm.fingerprint, "critical", "triggered")
    assert await world.told("notification.sent") == 6


@pytest.mark.proves("A-1", "N-15")
async def test_severity_and_category_decide_the_ways(world: World) -> None:
    stock = Alarm(
        severity=Severity.HIGH, category="inventory", roles=("operations",), channels=("sms", "slack", "email")
    )
    low = Alarm(severity=Severity.LOW, category="api", roles=(), channels=("slack",))
    async with world.notifier():
        await world.publish(stock.raised(), low.raised())
        await until(lambda: _finished(world, 6), what="reached")
        chats = await world.messages("slack")
        texts = await world.messages("sms")
    # Of stock the owners hear beside the first step's people (routing.yaml).
    assert sorted(text["to"] for text in texts) == sorted({ALEX, SAM, ROBIN})
    assert sorted(chat["to"] for chat in chats) == ["#alerts", "#inventory-alerts"]
    assert await _incidents(world) == []


@pytest.mark.proves("M-5", "E-11", "N-2")
async def test_a_notice_is_sent_though_it_closes_itself_and_of_its_end_nobody_hears(world: World) -> None:
    notice = Alarm(kind=AlertKind.NOTICE, channels=("sms", "slack", "email"), summary="SOLD OUT: dallas GA")
    async with world.notifier():
        await world.publish(notice.raised(), notice.resolved())
        await until(lambda: _finished(world, 5), what="told")
        texts = await world.messages("sms")
    assert {text["text"] for text in texts} == {"CRITICAL: SOLD OUT: dallas GA"}
    assert {row["kind"] for row in await world.deliveries()} == {"alert"}
    assert {row["state"] for row in await world.deliveries()} <= {"sent", "delivered"}


@pytest.mark.proves("N-9", "E-7", "M-7", "N-14")
async def test_what_an_outage_kept_back_is_dropped_when_somebody_acknowledges(world: World) -> None:
    fault = await world.fault(vendor="twilio", operation="messages.create", kind="error", status=503)
    alarm = Alarm()
    async with world.notifier():
        await world.publish(alarm.raised())
        await until(lambda: _states(world, "email", "alert", {"delivered"}), what="mail goes on")
        await until(lambda: _states(world, "pagerduty", "alert", {"sent"}), what="paging goes on")
        await until(lambda: _states(world, "slack", "alert", {"sent"}), what="chat goes on")
        await world.publish(alarm.acknowledged())
        await until(lambda: _states(world, "sms", "alert", {"suppressed"}), what="texts dropped")
        await until(lambda: _states(world, "pagerduty", "alert_acknowledged", {"sent"}), what="PagerDuty told")
        await until(lambda: _states(world, "slack", "alert_acknowledged", {"sent"}), what="Slack shows it")
        await world.control("DELETE", f"faults/{fault}")
        await world.publish(alarm.resolved())
        await until(lambda: _states(world, "email", "alert_resolved", {"delivered"}), what="end told by mail")
        await until(lambda: _states(world, "pagerduty", "alert_resolved", {"sent"}), what="PagerDuty told")
        await until(lambda: _states(world, "slack", "alert_resolved", {"sent"}), what="Slack shows it")
        assert await world.messages("sms") == []
        await until(lambda: _closed(world), what="worked off by PagerDuty")
        [chat] = await world.messages("slack")
    assert {row["reason"] for row in await world.deliveries("channel = 'sms'")} == {"acknowledged"}
    assert "RESOLVED" in chat["text"]
    assert await world.deliveries("channel = 'sms' AND kind = 'alert_resolved'") == []


@pytest.mark.proves("E-6", "M-7")
async def test_events_in_the_wrong_order_wake_nobody(world: World) -> None:
    alarm = Alarm()
    raised, resolved = alarm.raised(), alarm.resolved()
    async with world.notifier():
        await world.publish(resolved, raised)
        await until(lambda: _finished(world, 6), what="on record")
    assert {(row["state"], row["reason"]) for row in await world.deliveries()} == {("suppressed", "resolved")}


@pytest.mark.proves("N-2", "E-7")
async def test_old_news_is_not_sent_and_says_so(world: World) -> None:
    alarm = Alarm()
    async with world.notifier():
        await world.publish(alarm.raised(occurred_at=datetime.now(UTC) - timedelta(minutes=31)))
        await until(lambda: _finished(world, 6), what="on record")
    assert {(row["state"], row["reason"]) for row in await world.deliveries()} == {("suppressed", "expired")}


@pytest.mark.proves("N-3", "N-2")
async def test_a_lost_answer_pages_once(world: World) -> None:
    await world.fault(vendor="pagerduty", operation="enqueue", kind="timeout_after", count=1, delayMs=20)
    async with world.notifier():
        await world.publish(Alarm(channels=("pagerduty",)).raised())
        await until(lambda: _states(world, "pagerduty", "alert", {"sent"}), what="sent")
        await until(lambda: _triggered(world, 2), what="one incident, triggered twice")


@pytest.mark.proves("N-4", "N-9")
async def test_a_slack_that_refuses_the_bot_stops_chat_only(world: World) -> None:
    await world.fault(vendor="slack", kind="vendor_code", code="invalid_auth")
    async with world.notifier():
        await world.publish(Alarm().raised())
        await until(lambda: _states(world, "pagerduty", "alert", {"sent"}), what="paged")
        await until(lambda: _states(world, "sms", "alert", {"delivered"}), what="texted")
        await until(lambda: _open(world, "slack"), what="chat's breaker open")
        await world.later(timedelta(minutes=31))
        await until(lambda: _states(world, "slack", "alert", {"suppressed"}), what="expired")
    [row] = await world.deliveries("channel = 'slack'")
    assert (row["reason"], row["attempts"]) == ("expired", 0)


@pytest.mark.proves("N-2")
async def test_without_a_bot_incoming_webhooks_carry_the_message(world: World) -> None:
    url = f"{world.values['SANDBOX_URL']}/slack/services/TSANDBOX00/BSANDBOX00"
    message = ChatMessage(
        delivery_id=uuid7(), to="#critical-alerts", hook="critical", text="💀 CRITICAL: x", colour="#000000",
        blocks=({"type": "section", "text": {"type": "mrkdwn", "text": "*x*"}},),
    )  # fmt: skip
    async with VendorClient("slack", "") as client:
        general = SlackAccount(hooks={"general": SecretStr(f"{url}/general")})
        assert isinstance(await SlackChat(client, client, general).send(message), Accepted)
        removed = await SlackChat(client, client, SlackAccount(hooks={"critical": SecretStr(f"{url}/old")})).send(
            message
        )
        nowhere = await SlackChat(client, client, SlackAccount()).send(message)
    [chat] = await world.messages("slack")
    assert (chat["to"], "CRITICAL: x" in chat["text"]) == ("#alerts", True)
    assert isinstance(removed, Refused)
    assert (removed.code, removed.verdict) == ("invalid_token", Verdict.PERMANENT)
    assert isinstance(nowhere, Refused)
    assert (nowhere.code, nowhere.verdict) == ("not_set_up", Verdict.ACCOUNT)


@pytest.mark.proves("E-4", "N-3", "L-9")
@pytest.mark.parametrize("point", ["notifier.before_send", "notifier.after_send"])
async def test_a_killed_process_loses_no_alert_and_doubles_none(world: World, point: str, tmp_path: Path) -> None:
    async with world.process(crash_at=f"{point}={tmp_path / 'died'}") as process:
        await world.publish(Alarm(channels=("sms", "slack", "pagerduty")).raised())
        assert await process.wait() == -9
    async with world.process():
        await until(lambda: _queued(world, 4), what="on record")
        await world.later(timedelta(seconds=31))
        await until(lambda: _states(world, "sms", "alert", {"delivered"}), what="texts delivered")
        await until(lambda: _states(world, "pagerduty", "alert", {"sent"}), what="paged")
        await until(lambda: _states(world, "slack", "alert", {"sent"}), what="posted")
        await until(lambda: _paged(world), what="worked off by PagerDuty")
    assert sorted(text["to"] for text in await world.messages("sms")) == sorted({ALEX, SAM})
    assert len(await world.messages("slack")) == 1
    assert {row["possible_duplicates"] for row in await world.deliveries()} == {0}


@pytest.mark.proves("N-3")
@pytest.mark.parametrize("kind", ["timeout_after", "timeout_before"])
async def test_slack_is_asked_before_anything_is_posted_again(world: World, kind: str) -> None:
    for operation in ("chat.postMessage", "chat.update"):
        await world.fault(vendor="slack", operation=operation, kind=kind, count=1, delayMs=20)
    alarm = Alarm(channels=("slack",))
    async with world.notifier():
        await world.publish(alarm.raised())
        await until(lambda: _states(world, "slack", "alert", {"sent"}), what="posted")
        await world.publish(alarm.resolved())
        await until(lambda: _states(world, "slack", "alert_resolved", {"sent"}), what="changed")
    [chat] = await world.messages("slack")
    assert chat["status"] == "edited"
    assert {row["possible_duplicates"] for row in await world.deliveries()} == {0}


async def _queued(world: World, count: int) -> bool:
    return len(await world.deliveries()) == count


async def _finished(world: World, count: int) -> bool:
    rows = await world.deliveries()
    return len(rows) == count and {row["state"] for row in rows} <= FINISHED


async def _states(world: World, channel: str, kind: str, states: set[str]) -> bool:
    rows = await world.deliveries(f"channel = '{channel}' AND kind = '{kind}'")
    return {row["state"] for row in rows} == states


async def _open(world: World, channel: str) -> bool:
    state: str = await world.database.fetchval("SELECT state FROM breakers WHERE channel = $1", channel)
    return state != "closed"


async def _paged(world: World) -> bool:
    return len(await _incidents(world)) == 1


async def _closed(world: World) -> bool:
    return [page["status"] for page in await _incidents(world)] == ["resolved"]


async def _triggered(world: World, times: int) -> bool:
    [page] = await _incidents(world)
    return bool(page["triggers"] == times)


async def _incidents(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.control("GET", "pagerduty/incidents"))["data"]
    return found
