"""Slack's own SDK against the stand-in."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from slack_sdk import WebClient, WebhookClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, ContextBlock, DividerBlock, HeaderBlock, SectionBlock
from slack_sdk.models.metadata import Metadata
from slack_sdk.signature import SignatureVerifier

from tests.contract.sandbox.support import SLACK_SECRET, Hook, Receiver, Running, serving

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")

ALERT = [
    HeaderBlock(text="Payment success rate 50%"),
    SectionBlock(text="*Critical*: below 95 %. <https://example.com/runbook|Runbook>", fields=["*City*\nDallas"]),
    DividerBlock(),
    ContextBlock(elements=[{"type": "mrkdwn", "text": "since 2:06 PM"}]),
    ActionsBlock(
        block_id="answer",
        elements=[ButtonElement(text="Acknowledge", action_id="acknowledge", value="alert-1", style="primary")],
    ),
]


def _post(sandbox: Running, channel: str = "#critical-alerts", **more: Any) -> dict[str, Any]:
    given = {"text": "Critical: payment success rate 50%", "blocks": ALERT} | more
    return dict(sandbox.slack.chat_postMessage(channel=channel, **given).data)  # type: ignore[arg-type]


def _refused(sandbox: Running, method: str, **given: Any) -> Any:
    with pytest.raises(SlackApiError) as refused:
        sandbox.slack.api_call(method, json=given)
    return refused.value.response


def _payload(hook: Hook) -> Any:
    return json.loads(hook.form()["payload"])


def test_a_token_is_who_it_says(sandbox: Running) -> None:
    who = sandbox.slack.auth_test()
    assert (who["team_id"], who["user"], who["bot_id"]) == ("TSANDBOX00", "fullhouse", "BSANDBOX00")


@pytest.mark.parametrize(("token", "error"), [("xoxb-other", "invalid_auth"), (None, "not_authed")])
def test_other_tokens_are_refused(sandbox: Running, token: str | None, error: str) -> None:
    with pytest.raises(SlackApiError) as refused:
        WebClient(token, base_url=f"{sandbox.url}/slack/api/").auth_test()
    assert refused.value.response["error"] == error


def test_a_message_is_posted_and_seen(sandbox: Running) -> None:
    posted = _post(sandbox)
    assert re.fullmatch(r"C[A-Z0-9]{10}", posted["channel"])
    assert re.fullmatch(r"\d{10}\.\d{6}", posted["ts"])
    assert posted["message"]["blocks"][1]["fields"][0]["text"] == "*City*\nDallas"
    assert all(block["block_id"] for block in posted["message"]["blocks"])
    (seen,) = sandbox.messages(channel="slack", to="#critical-alerts")
    assert (seen["from"], seen["status"]) == ("fullhouse", "sent")
    assert seen["text"].splitlines()[0] == "Payment success rate 50%"
    assert seen["text"].endswith("[Acknowledge]")
    assert _post(sandbox, posted["channel"])["channel"] == posted["channel"]
    assert _post(sandbox, "U024BE7LH")["channel"].startswith("D")


def test_a_form_does_as_well_as_json(sandbox: Running) -> None:
    form = {"channel": "alerts", "blocks": json.dumps([{"type": "divider"}])}
    assert sandbox.slack.api_call("chat.postMessage", data=form)["message"]["blocks"][0]["type"] == "divider"


def test_a_message_is_edited_in_place(sandbox: Running) -> None:
    posted = _post(sandbox)
    answer = sandbox.slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="Acknowledged", blocks=[])
    assert (answer["ts"], answer["text"]) == (posted["ts"], "Acknowledged")
    assert answer["message"]["edited"]["user"] == "USANDBOX00"
    (seen,) = sandbox.messages(channel="slack")
    assert (seen["text"], seen["status"]) == ("Acknowledged", "edited")


def test_an_edit_leaves_what_it_does_not_name(sandbox: Running) -> None:
    posted = _post(sandbox)
    answer = sandbox.slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="Still failing")
    assert [block["type"] for block in answer["message"]["blocks"]][-1] == "actions"


def test_the_history_has_what_was_posted_with_its_metadata(sandbox: Running) -> None:
    mark = Metadata("delivery", {"id": "d-1"})
    before = _post(sandbox)
    posted = _post(sandbox, metadata=mark)
    channel = posted["channel"]
    sandbox.slack.chat_update(channel=channel, ts=posted["ts"], text="Acknowledged", blocks=[])
    [listed] = sandbox.slack.conversations_list(types="public_channel,private_channel")["channels"]
    assert (listed["id"], listed["name"]) == (channel, "critical-alerts")
    told = sandbox.slack.conversations_history(channel=channel, oldest=before["ts"], include_all_metadata=True)
    [message] = told["messages"]
    assert (message["ts"], message["text"], told["has_more"]) == (posted["ts"], "Acknowledged", False)
    assert message["metadata"] == {"event_type": "delivery", "event_payload": {"id": "d-1"}}
    assert "metadata" not in sandbox.slack.conversations_history(channel=channel)["messages"][0]


def test_the_history_comes_in_pages_the_newest_first(sandbox: Running) -> None:
    posted = [_post(sandbox, text=f"{number}")["ts"] for number in range(5)]
    channel = _post(sandbox, "#alerts")["channel"]
    pages = sandbox.slack.conversations_history(channel=_post(sandbox)["channel"], limit=2)
    read = [[message["ts"] for message in page["messages"]] for page in pages]
    assert [len(page) for page in read] == [2, 2, 2]
    assert [ts for page in read for ts in page][1:] == posted[::-1]
    assert len(sandbox.slack.conversations_history(channel=channel)["messages"]) == 1


@pytest.mark.parametrize(
    ("method", "given", "error"),
    [
        ("conversations.history", {"channel": "#alerts"}, "channel_not_found"),
        ("conversations.history", {"channel": "C0123456789"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "#alerts", "text": "x", "metadata": "{"}, "invalid_metadata_format"),
        ("chat.postMessage", {"channel": "#alerts", "text": "x", "metadata": {}}, "invalid_metadata_schema"),
        ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
        ("chat.postMessage", {"channel": "#alerts"}, "no_text"),
        ("chat.postMessage", {"channel": "#No Such", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "C0123456789", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "#alerts", "blocks": "[{"}, "invalid_blocks_format"),
        ("chat.postMessage", {"channel": "#alerts", "text": "x", "a-b": 1}, "invalid_arg_name"),
        ("chat.update", {"channel": "#alerts", "ts": "1.2", "text": "x"}, "channel_not_found"),
        ("chat.update", {"channel": "alerts", "ts": "1.2", "text": "x"}, "message_not_found"),
        ("chat.update", {"channel": "alerts", "text": "x"}, "invalid_arguments"),
        ("chat.frobnicate", {}, "unknown_method"),
    ],
)
def test_wrong_calls_are_refused(sandbox: Running, method: str, given: dict[str, Any], error: str) -> None:
    assert _refused(sandbox, method, **given)["error"] == error
    assert sandbox.messages() == []


@pytest.mark.parametrize(
    ("block", "sentence"),
    [
        ({"type": "carousel"}, "unsupported type: carousel [json-pointer:/blocks/0/type]"),
        ({"type": "section"}, "missing required field: text [json-pointer:/blocks/0]"),
        ({"type": "divider", "colour": "red"}, "invalid additional property: colour [json-pointer:/blocks/0]"),
        (
            {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}},
            "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
        ),
        (
            {"type": "section", "text": {"type": "markdown", "text": "x"}},
            "must be one of: mrkdwn, plain_text [json-pointer:/blocks/0/text/type]",
        ),
        ({"type": "actions", "elements": {}}, "must be an array [json-pointer:/blocks/0/elements]"),
        ("text", "unsupported type: None [json-pointer:/blocks/0/type]"),
    ],
)
def test_wrong_blocks_are_refused_by_name(sandbox: Running, block: object, sentence: str) -> None:
    answer = _refused(sandbox, "chat.postMessage", channel="#alerts", blocks=[block])
    assert answer["error"] == "invalid_blocks"
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {sentence}"]
    nested = _refused(sandbox, "chat.postMessage", channel="#alerts", attachments=[{"blocks": [block]}])
    assert nested["error"] == "invalid_attachments"


def test_what_is_too_much_is_refused(sandbox: Running) -> None:
    divider = {"type": "divider"}
    assert _refused(sandbox, "chat.postMessage", channel="a", blocks=[divider] * 51)["error"] == "invalid_blocks"
    many = [{"text": "x"}] * 101
    assert _refused(sandbox, "chat.postMessage", channel="a", attachments=many)["error"] == "too_many_attachments"
    posted = _post(sandbox)
    long = _refused(sandbox, "chat.update", channel=posted["channel"], ts=posted["ts"], text="x" * 4001)
    assert long["error"] == "msg_too_long"


def test_an_incoming_webhook_posts_to_its_channel(sandbox: Running) -> None:
    answer = sandbox.slack_hook.send(text="Payment success rate 50%", attachments=[{"color": "#000000", "text": "now"}])
    assert (answer.status_code, answer.body) == (200, "ok")
    (seen,) = sandbox.messages(channel="slack")
    assert (seen["to"], seen["text"]) == ("#alerts", "Payment success rate 50%\nnow")


def test_each_channel_has_a_webhook_of_its_own(receiver: Receiver) -> None:
    hooks = {name: f"https://hooks.slack.com/services/TSANDBOX00/B/{name}" for name in ("CRITICAL", "PAYMENTS")}
    with serving(receiver, **{f"SLACK_{name}_WEBHOOK": url for name, url in hooks.items()}) as sandbox:
        for name in hooks:
            assert WebhookClient(f"{sandbox.url}/slack/services/TSANDBOX00/B/{name}").send(text="x").body == "ok"
        assert [each["to"] for each in sandbox.messages(channel="slack")] == ["#payment-alerts", "#critical-alerts"]


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("", b"{", 400, "invalid_payload"),
        ("", b"[]", 400, "invalid_payload"),
        ("", b"{}", 400, "no_text"),
        ("", b'{"blocks": [{"type": "carousel"}]}', 400, "invalid_blocks"),
        ("-not", b'{"text": "x"}', 403, "invalid_token"),
    ],
)
def test_wrong_webhooks_are_refused_in_plain_words(
    sandbox: Running, path: str, body: bytes, status: int, words: str
) -> None:
    answer = sandbox.http.post(sandbox.slack_hook.url + path, data=body)
    assert (answer.status_code, answer.text) == (status, words)


def test_a_pressed_button_calls_back_signed(sandbox: Running) -> None:
    posted = _post(sandbox)
    sandbox.control("POST", f"slack/messages/{posted['ts']}/press", {"actionId": "acknowledge", "user": "U024BE7LH"})
    (hook,) = sandbox.receiver.wait()
    assert hook.path == "/api/webhooks/slack"
    assert SignatureVerifier(SLACK_SECRET).is_valid_request(hook.body, hook.headers)
    payload = _payload(hook)
    assert (payload["type"], payload["user"]["id"]) == ("block_actions", "U024BE7LH")
    assert payload["channel"] == {"id": posted["channel"], "name": "critical-alerts"}
    assert payload["container"]["message_ts"] == posted["ts"]
    (action,) = payload["actions"]
    assert (action["action_id"], action["block_id"], action["value"]) == ("acknowledge", "answer", "alert-1")


def test_the_answer_to_a_button_replaces_its_message(sandbox: Running) -> None:
    posted = _post(sandbox)
    press = f"slack/messages/{posted['ts']}/press"
    sandbox.control("POST", press, {"actionId": "acknowledge"})
    path = _payload(sandbox.receiver.wait()[0])["response_url"].removeprefix("http://127.0.0.1:8090")
    client = WebhookClient(sandbox.url + path)
    assert client.send(text="Taken by Priya", replace_original=True).body == "ok"
    assert sandbox.messages(channel="slack")[0]["text"] == "Taken by Priya"
    sandbox.control("POST", press, {"actionId": "acknowledge"}, status=404)
    assert [client.send(text="x", response_type="in_channel").body for _ in range(5)] == ["ok"] * 4 + ["used_url"]
    sandbox.advance(1801)
    assert client.send(text="x").body == "expired_url"


def test_a_button_in_an_attachment_says_so(sandbox: Running) -> None:
    block = {"type": "actions", "elements": [ALERT[-1].to_dict()["elements"][0]]}
    posted = _post(sandbox, blocks=None, attachments=[{"color": "#E74A3B", "blocks": [block]}])
    sandbox.control("POST", f"slack/messages/{posted['ts']}/press", {"actionId": "acknowledge"})
    container = _payload(sandbox.receiver.wait()[0])["container"]
    assert (container["type"], container["attachment_id"]) == ("message_attachment", 1)


def test_faults_answer_in_slacks_own_way(sandbox: Running) -> None:
    sandbox.fault(vendor="slack", operation="chat.postMessage", kind="vendor_code", code="channel_is_archived", count=1)
    assert _refused(sandbox, "chat.postMessage", channel="#alerts", text="x")["error"] == "channel_is_archived"
    sandbox.fault(vendor="slack", operation="chat.postMessage", kind="rate_limit", count=1)
    limited = _refused(sandbox, "chat.postMessage", channel="#alerts", text="x")
    assert (limited.status_code, limited["error"], limited.headers["retry-after"]) == (429, "ratelimited", "1")
    sandbox.fault(vendor="slack", operation="chat.postMessage", kind="error", status=503, count=1)
    assert _refused(sandbox, "chat.postMessage", channel="#alerts", text="x")["error"] == "service_unavailable"
    sandbox.fault(vendor="slack", operation="incoming_webhook", kind="vendor_code", code="no_service", count=1)
    answer = sandbox.slack_hook.send(text="x")
    assert (answer.status_code, answer.body) == (404, "no_service")
    assert sandbox.messages() == []


def test_faults_reach_its_callbacks(sandbox: Running) -> None:
    press = f"slack/messages/{_post(sandbox)['ts']}/press"
    sandbox.fault(vendor="slack", operation="interaction", kind="bad_signature", count=1)
    sandbox.control("POST", press, {"actionId": "acknowledge"})
    (hook,) = sandbox.receiver.wait()
    assert not SignatureVerifier(SLACK_SECRET).is_valid_request(hook.body, hook.headers)
    sandbox.fault(vendor="slack", operation="interaction", kind="duplicate_webhook", count=1)
    sandbox.control("POST", press, {"actionId": "acknowledge"})
    assert len({hook.body for hook in sandbox.receiver.wait(3)[1:]}) == 1


def test_the_state_says_what_was_posted(sandbox: Running) -> None:
    posted = _post(sandbox)
    sandbox.slack.chat_update(channel=posted["channel"], ts=posted["ts"], text="Over", blocks=[])
    assert sandbox.control("GET", "state")["slack"] == {"posted": 1, "edited": 1, "byChannel": {"#critical-alerts": 1}}
    shown = sandbox.control("GET", f"slack/messages/{posted['ts']}")
    assert (shown["text"], shown["blocks"]) == ("Over", [])
    sandbox.control("GET", "slack/messages/1.2", status=404)
    sandbox.control("POST", "slack/messages/1.2/press", {"actionId": "acknowledge"}, status=404)
