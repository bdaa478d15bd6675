"""PagerDuty's own SDK against the stand-in."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from pagerduty import Error, HttpError

from tests.contract.sandbox.support import (
    PAGERDUTY_KEY,
    PAGERDUTY_SECRET,
    Hook,
    Receiver,
    Running,
    pagerduty_client,
    serving,
)

pytestmark = pytest.mark.proves("S-1", "S-2", "S-4")

OTHER_KEY = "critical000000000000000000000000"


def _trigger(sandbox: Running, **more: Any) -> str:
    given = {"dedup_key": "payments", "severity": "critical", "custom_details": {"city": "Dallas"}} | more
    return sandbox.pagerduty.trigger("Payment success rate 50%", "monitor", **given)


def _incidents(sandbox: Running) -> Any:
    return sandbox.control("GET", "pagerduty/incidents")["data"]


def _of(kind: str, count: int, sandbox: Running) -> list[Hook]:
    return sandbox.receiver.wait(count, where=lambda hook: hook.json()["event"]["event_type"] == f"incident.{kind}")


def _post(sandbox: Running, body: Any) -> Any:
    return sandbox.http.post(f"{sandbox.url}/pagerduty/v2/enqueue", json=body)


def test_an_event_pages_whoever_is_on_call(sandbox: Running) -> None:
    assert _trigger(sandbox) == "payments"
    (hook,) = _of("triggered", 1, sandbox)
    assert hook.path == "/api/webhooks/pagerduty"
    expected = "v1=" + hmac.new(PAGERDUTY_SECRET.encode(), hook.body, hashlib.sha256).hexdigest()
    assert expected in hook.headers["x-pagerduty-signature"].split(",")
    event = hook.json()["event"]
    assert (event["resource_type"], event["agent"]["type"]) == (
        "incident", "events_api_v2_inbound_integration_reference",
    )  # fmt: skip
    assert {name: event["data"][name] for name in ("type", "status", "incident_key", "title", "urgency")} == {
        "type": "incident", "status": "triggered", "incident_key": "payments", "title": "Payment success rate 50%",
        "urgency": "high",
    }  # fmt: skip
    (page,) = sandbox.messages(channel="pagerduty")
    assert (page["to"], page["from"], page["status"]) == ("on-call", "monitor", "triggered")
    assert page["text"] == "Payment success rate 50%\ncity: Dallas"


def test_without_a_key_one_is_made_and_each_is_another_incident(sandbox: Running) -> None:
    first, second = _trigger(sandbox, dedup_key=None), _trigger(sandbox, dedup_key=None)
    assert len({first, second}) == 2
    _of("triggered", 2, sandbox)


def test_a_key_opens_one_incident_until_it_is_resolved(sandbox: Running) -> None:
    _trigger(sandbox)
    _of("triggered", 1, sandbox)
    _trigger(sandbox)
    sandbox.pagerduty.acknowledge("payments")
    _of("acknowledged", 1, sandbox)
    sandbox.pagerduty.resolve("payments")
    _of("resolved", 1, sandbox)
    _trigger(sandbox)
    _of("triggered", 2, sandbox)
    states = [(each["status"], each["triggers"]) for each in _incidents(sandbox)]
    assert states == [("triggered", 1), ("resolved", 2)]
    assert len(sandbox.messages(channel="pagerduty")) == 2


def test_what_is_not_open_is_taken_and_dropped(receiver: Receiver) -> None:
    with serving(receiver, PAGERDUTY_ROUTING_KEY_CRITICAL=OTHER_KEY) as sandbox:
        _trigger(sandbox)
        _of("triggered", 1, sandbox)
        with pagerduty_client(OTHER_KEY, sandbox.url) as other:
            assert other.acknowledge("payments") == "payments"
        sandbox.pagerduty.resolve("unheard-of")
        sandbox.advance(1)
        assert [each["status"] for each in _incidents(sandbox)] == ["triggered"]
        assert sandbox.control("GET", "state")["pagerduty"]["overlooked"] == 2


def test_a_person_acknowledges_and_resolves(sandbox: Running) -> None:
    _trigger(sandbox)
    _of("triggered", 1, sandbox)
    path = f"pagerduty/incidents/{_incidents(sandbox)[0]['id']}"
    sandbox.control("POST", f"{path}/acknowledge", {"user": "PRIYA01"})
    (hook,) = _of("acknowledged", 1, sandbox)
    event = hook.json()["event"]
    assert (event["agent"]["id"], event["agent"]["type"]) == ("PRIYA01", "user_reference")
    assert event["data"]["incident_key"] == "payments"
    sandbox.control("POST", f"{path}/acknowledge", {}, status=409)
    sandbox.control("POST", f"{path}/resolve", {})
    _of("resolved", 1, sandbox)
    sandbox.control("POST", f"{path}/acknowledge", {}, status=409)
    sandbox.control("POST", f"{path}/trigger", {}, status=404)
    sandbox.control("POST", "pagerduty/incidents/Q1/resolve", {}, status=404)
    assert sandbox.messages(channel="pagerduty")[0]["status"] == "resolved"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"routing_key": "short"}, "Length of 'routing_key' is incorrect (should be 32 characters)"),
        ({"routing_key": None}, "'routing_key' is missing or blank"),
        ({"routing_key": "x" * 32}, "Invalid routing key"),
        ({"event_action": "ring"}, "'event_action' is invalid"),
        ({"payload": None}, "'payload' is missing or blank"),
        ({"payload": {"summary": "x", "source": "y"}}, "'payload.severity' is missing or blank"),
        ({"payload": {"summary": "x", "source": "y", "severity": "high"}}, "'payload.severity' is invalid"),
        ({"payload": {"summary": "x" * 1025, "source": "y", "severity": "info"}}, "Length of 'payload.summary'"),
        ({"dedup_key": "x" * 256}, "Length of 'dedup_key' is incorrect"),
        ({"dedup_key": 7}, "'dedup_key' must be a string"),
        ({"links": [{"text": "no address"}]}, "'links' must be an array of objects with 'href'"),
        ({"event_action": "resolve"}, "'dedup_key' is missing or blank"),
    ],
)
def test_wrong_events_are_refused(sandbox: Running, change: dict[str, object], sentence: str) -> None:
    event = {
        "routing_key": PAGERDUTY_KEY, "event_action": "trigger",
        "payload": {"summary": "x", "source": "y", "severity": "info"},
    }  # fmt: skip
    answer = _post(sandbox, event | change)
    assert (answer.status_code, answer.json()["status"]) == (400, "invalid event")
    assert answer.json()["errors"][0].startswith(sentence)


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_what_is_no_event_is_refused(sandbox: Running, body: bytes) -> None:
    assert sandbox.http.post(f"{sandbox.url}/pagerduty/v2/enqueue", data=body).status_code == 400
    large = sandbox.http.post(f"{sandbox.url}/pagerduty/v2/enqueue", data=b" " * (512 * 1024 + 1))
    assert large.status_code == 413
    assert sandbox.http.get(f"{sandbox.url}/pagerduty/v2/enqueue").status_code == 405


def test_the_sdk_hears_of_a_refusal(sandbox: Running) -> None:
    with pytest.raises(HttpError, match="400"):
        _trigger(sandbox, severity="high")


def test_webhooks_are_tried_again_unless_they_are_refused(sandbox: Running) -> None:
    sandbox.receiver.answers += [503, 429]
    _trigger(sandbox)
    _of("triggered", 1, sandbox)
    sandbox.advance(60)
    sandbox.advance(120)
    hooks = _of("triggered", 3, sandbox)
    assert len({hook.headers["x-webhook-id"] for hook in hooks}) == 1
    sandbox.receiver.answers += [404]
    sandbox.pagerduty.acknowledge("payments")
    _of("acknowledged", 1, sandbox)
    sandbox.advance(7200)
    assert sandbox.control("GET", "state")["webhooks"]["givenUp"] == {"pagerduty": 1}


def test_faults_answer_in_pagerdutys_own_way(sandbox: Running) -> None:
    event = {"routing_key": PAGERDUTY_KEY, "event_action": "resolve", "dedup_key": "payments"}
    for fault, status, words in (
        ({"kind": "rate_limit"}, 429, "throttle exceeded"),
        ({"kind": "error", "status": 502}, 502, "error"),
        ({"kind": "vendor_code", "code": "503"}, 503, "error"),
        ({"kind": "vendor_code", "code": "429"}, 429, "throttle exceeded"),
        ({"kind": "vendor_code", "code": "Invalid routing key"}, 400, "invalid event"),
    ):
        sandbox.fault(vendor="pagerduty", operation="enqueue", count=1, **fault)
        answer = _post(sandbox, event)
        assert (answer.status_code, answer.json()["status"]) == (status, words)


def test_a_lost_answer_and_a_bad_signature(sandbox: Running) -> None:
    sandbox.fault(vendor="pagerduty", operation="incident.triggered", kind="bad_signature", count=1)
    sandbox.fault(vendor="pagerduty", operation="enqueue", kind="timeout_after", delayMs=0, count=1)
    with pytest.raises(Error):
        _trigger(sandbox)
    (hook,) = _of("triggered", 1, sandbox)
    expected = "v1=" + hmac.new(PAGERDUTY_SECRET.encode(), hook.body, hashlib.sha256).hexdigest()
    assert hook.headers["x-pagerduty-signature"] != expected


def test_the_status_page_follows_a_fault(sandbox: Running) -> None:
    for vendor, name in (("pagerduty", "PagerDuty"), ("slack", "Slack")):
        sandbox.fault(vendor=vendor, kind="latency", delayMs=0, statusPage="major")
        page = sandbox.http.get(f"{sandbox.url}/{vendor}/api/v2/status.json").json()
        assert (page["page"]["name"], page["status"]["indicator"]) == (name, "major")
