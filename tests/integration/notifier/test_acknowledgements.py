"""Acknowledging by reply, link, button and pager: each published once (N-13)."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import re
import time
from typing import Any

import pytest

from events import AlertKind
from tests.integration.notifier.alarms import ALEX, ROBIN, Alarm
from tests.integration.notifier.harness import World, until

pytestmark = pytest.mark.asyncio


@pytest.mark.proves("N-13", "X-8")
@pytest.mark.parametrize("form", ["ACK {}", "Ack{} on my way", "{}", "ok {}", "acked {}, there by 23:59"])
async def test_a_reply_acknowledges_once(world: World, form: str) -> None:
    alarm = Alarm(channels=("sms",))
    async with world.notifier():
        await world.publish(alarm.raised())
        await until(lambda: _told(world, 2), what="texted")
        await _reply(world, ALEX, form.format(alarm.code))
        await until(lambda: _answered(world, 1), what="answered")
        await _reply(world, ALEX, f"ACK {alarm.code}")
        await until(lambda: _heard(world, "already"), what="told that it is taken")
        await world.publish(alarm.acknowledged("alex", "sms_reply"))
        await _reply(world, ALEX, f"ACK {alarm.code}")
        await until(lambda: _heard(world, "already", 2), what="told again")
    assert await _answers(world) == [("alex", "sms_reply")]
    assert await world.told("notification.answered") == 1


@pytest.mark.proves("N-13")
async def test_strangers_and_wrong_codes_change_nothing(world: World) -> None:
    alarm = Alarm(channels=("sms",))
    wrong = f"{(int(alarm.code) + 1) % 10_000:04}"
    async with world.notifier():
        await world.publish(alarm.raised())
        await until(lambda: _told(world, 2), what="texted")
        await _reply(world, "+13525550177", f"ACK {alarm.code}")
        await _reply(world, ROBIN, f"ACK {wrong}")
        await until(lambda: _heard(world, f"No alert has the code {wrong}"), what="told so")
        await _reply(world, ROBIN, "ack")
        await until(lambda: _heard(world, "Which alert?"), what="asked")
        await _reply(world, ROBIN, "See you tomorrow")
        await until(lambda: _heard(world, "Which alert?", 2), what="told how")
        assert await _answers(world) == []
        # A colleague who was not texted may take it, with the code.
        await _reply(world, ROBIN, f"ACK {alarm.code}")
        await until(lambda: _answered(world, 1), what="answered")
    assert await _answers(world) == [("robin", "sms_reply")]
    assert [text["to"] for text in await world.messages("sms") if "3525550177" in text["to"]] == []


@pytest.mark.proves("N-13", "N-8")
async def test_stop_is_still_stop_and_a_resolved_alert_needs_nobody(world: World) -> None:
    alarm = Alarm(channels=("sms",))
    async with world.notifier():
        await world.publish(alarm.raised())
        await until(lambda: _told(world, 2), what="texted")
        await world.publish(alarm.resolved())
        await until(lambda: _told(world, 4), what="end told")
        await _reply(world, ALEX, f"ACK {alarm.code}")
        await until(lambda: _heard(world, "resolved already"), what="told so")
        await _reply(world, ALEX, "STOP")
        await until(lambda: _suppressed(world, ALEX), what="suppressed")
    assert await _answers(world) == []


@pytest.mark.proves("N-13", "E-10")
async def test_a_link_shows_on_get_and_acts_on_post_once(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    alarm = Alarm(channels=("email", "sms"), summary="Payments fail <b>badly</b>")
    async with world.notifier():
        await world.publish(alarm.raised())
        await until(lambda: _told(world, 4), what="told")
        url = _link((await world.messages("email"))[0]["text"])
        for _ in range(3):
            status, shown = await _get(world, url)
            assert status == 200
            assert "Payments fail &lt;b&gt;badly&lt;/b&gt;" in shown
            assert 'type="submit">Acknowledge</button>' in shown
        assert await _answers(world) == []
        for _ in range(2):
            status, shown = await _post(world, url)
            assert status == 200
        assert "Acknowledged by" in shown
        assert "<button" not in shown
        # Not the last character: some of its bits may be padding, which says nothing.
        forged = url[:-6] + ("A" if url[-6] != "A" else "B") + url[-5:]
        assert (await _get(world, forged))[0] == 410
        assert (await _post(world, f"{world.values['PUBLIC_URL']}/a/x"))[0] == 410
    [(by, way)] = await _answers(world)
    assert (by in {"alex", "sam"}, way) == (True, "link")
    assert await world.told("notification.answered") == 1
    logged = "".join(capsys.readouterr())
    assert url.rpartition("/")[2] not in logged


@pytest.mark.proves("N-13", "M-5")
async def test_a_notice_asks_nobody(world: World) -> None:
    notice = Alarm(channels=("email", "slack"), kind=AlertKind.NOTICE)
    async with world.notifier():
        await world.publish(notice.raised())
        await until(lambda: _told(world, 3), what="told")
        mails, [chat] = await world.messages("email"), await world.messages("slack")
    assert "/a/" not in mails[0]["text"]
    assert "acknowledge" not in json.dumps(await _posted(world, chat))


@pytest.mark.proves("N-13", "N-2", "X-6")
async def test_the_button_in_slack_acknowledges_and_the_message_shows_it(world: World) -> None:
    await world.fault(vendor="slack", kind="duplicate_webhook")
    alarm = Alarm(channels=("slack",))
    async with world.notifier():
        await world.publish(alarm.raised())
        await until(lambda: _told(world, 1), what="told")
        [chat] = await world.messages("slack")
        await _press(world, chat)
        await until(lambda: _answered(world, 1), what="answered")
        await world.publish(alarm.acknowledged("u0oncall", "slack"))
        await until(lambda: _told(world, 2), what="shown")
        [chat] = await world.messages("slack")
        shown = json.dumps(await _posted(world, chat))
    assert "Acknowledged by u0oncall" in shown
    assert '"acknowledge"' not in shown
    assert await _answers(world) == [("u0oncall", "slack")]


@pytest.mark.proves("N-13", "N-2", "X-6")
async def test_what_is_acknowledged_in_pagerduty_comes_back_once(world: World) -> None:
    await world.fault(vendor="pagerduty", kind="duplicate_webhook")
    alarm = Alarm(channels=("pagerduty",))
    async with world.notifier():
        await world.publish(alarm.raised())
        await until(lambda: _paged(world), what="paged")
        [page] = await _incidents(world)
        await world.control("POST", f"pagerduty/incidents/{page['id']}/acknowledge", {"user": "PSAM"})
        await until(lambda: _answered(world, 1), what="answered")
        await world.publish(alarm.acknowledged("PSAM", "pagerduty"))
        await until(lambda: _told(world, 2), what="told PagerDuty")
    assert await _answers(world) == [("PSAM", "pagerduty")]
    assert await world.told("notification.answered") == 1


@pytest.mark.proves("N-13", "E-4")
async def test_many_answers_at_once_are_one(world: World) -> None:
    alarm = Alarm()
    async with world.split_notifier():
        await world.publish(alarm.raised())
        await until(lambda: _told(world, 6), what="told")
        await until(lambda: _paged(world, 6), what="paged")
        [chat], [page] = await world.messages("slack"), await _incidents(world)
        urls = [_link(mail["text"]) for mail in await world.messages("email")]
        await asyncio.gather(
            *(_post(world, url) for url in urls * 3),
            _press(world, chat),
            _reply(world, ALEX, f"ACK {alarm.code}"),
            _reply(world, ROBIN, f"ACK {alarm.code}"),
            world.control("POST", f"pagerduty/incidents/{page['id']}/acknowledge", {"user": "PSAM"}),
        )
        await until(lambda: _replied(world, 2), what="both replied to")
    assert len(await _answers(world)) == 1
    assert await world.told("notification.answered") == 1


@pytest.mark.proves("X-6", "X-4", "N-13")
async def test_forged_and_stale_callbacks_are_refused(world: World) -> None:
    alarm = Alarm(channels=("slack",))
    async with world.notifier():
        await world.publish(alarm.raised())
        await until(lambda: _told(world, 1), what="told")
        [row] = await world.deliveries()
        payload = {"type": "block_actions", "user": {"id": "U1", "username": "mallory"}, "trigger_id": "1"}
        payload["actions"] = [{"action_id": "acknowledge", "value": str(row["id"])}]  # type: ignore[list-item]
        body = f"payload={json.dumps(payload)}".encode()
        now = int(time.time())
        for secret, timestamp, code in (
            ("other", now, "webhook_signature_invalid"),
            ("slack-secret", now - 301, "webhook_signature_invalid"),
            ("", now, "signature_missing"),
        ):
            assert await _slack(world, body, secret, timestamp) == (400, code)
        assert await _slack(world, b"payload=nonsense", "slack-secret", now) == (400, "malformed_json")
        url = f"{world.values['PUBLIC_URL']}/api/webhooks/pagerduty"
        async with world.http.post(url, data=b"{}", headers={"X-PagerDuty-Signature": "v1=00"}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "webhook_signature_invalid")
    assert await _answers(world) == []


async def _reply(world: World, number: str, body: str) -> None:
    ours = world.values["TWILIO_PHONE_NUMBER"]
    await world.control("POST", "twilio/reply", {"from": number, "to": ours, "body": body})


async def _told(world: World, count: int) -> bool:
    rows = await world.deliveries("state IN ('sent', 'delivered')")
    return len(rows) == count


async def _answered(world: World, count: int) -> bool:
    return len(await _answers(world)) == count


async def _answers(world: World) -> list[tuple[str, str]]:
    rows = await world.database.fetch("SELECT actor, way FROM acknowledgements ORDER BY acknowledged_at")
    return [(row["actor"], row["way"]) for row in rows]


async def _heard(world: World, words: str, times: int = 1) -> bool:
    return len([text for text in await world.messages("sms") if words in text["text"]]) == times


async def _suppressed(world: World, number: str) -> bool:
    return bool(await world.database.fetchval("SELECT count(*) FROM suppressions WHERE recipient = $1", number))


def _link(text: str) -> str:
    found = re.search(r"https?://\S+/a/\S+", text)
    assert found, text
    return found[0]


async def _get(world: World, url: str) -> tuple[int, str]:
    async with world.http.get(url) as answer:
        return answer.status, await answer.text()


async def _post(world: World, url: str) -> tuple[int, str]:
    async with world.http.post(url) as answer:
        return answer.status, await answer.text()


async def _posted(world: World, chat: dict[str, Any]) -> Any:
    return await world.control("GET", f"slack/messages/{_ts(chat)}")


async def _press(world: World, chat: dict[str, Any]) -> None:
    await world.control("POST", f"slack/messages/{_ts(chat)}/press", {"actionId": "acknowledge"})


def _ts(chat: dict[str, Any]) -> str:
    return str(chat["id"]).removeprefix("slack_")


async def _incidents(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await world.control("GET", "pagerduty/incidents"))["data"]
    return found


async def _paged(world: World, told: int = 1) -> bool:
    return len(await _incidents(world)) == 1 and await _told(world, told)


async def _replied(world: World, times: int) -> bool:
    replies = ("Thank you.", "was acknowledged already")
    texts = await world.messages("sms")
    return len([text for text in texts if any(words in text["text"] for words in replies)]) == times


async def _slack(world: World, body: bytes, secret: str, timestamp: int) -> tuple[int, str]:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Slack-Request-Timestamp": str(timestamp)}
    if secret:
        text = b"v0:%d:" % timestamp + body
        headers["X-Slack-Signature"] = f"v0={hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()}"
    url = f"{world.values['PUBLIC_URL']}/api/webhooks/slack"
    async with world.http.post(url, data=body, headers=headers) as answer:
        return answer.status, (await answer.json())["code"]
