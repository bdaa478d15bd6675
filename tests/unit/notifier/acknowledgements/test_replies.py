"""What counts as an answer, and what doesn't."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from chassis.ids import uuid7
from notifier.acknowledgements.domain import (
    ButtonPress,
    Explanations,
    IncidentAcknowledged,
    button_press,
    codes_in,
    incident_acknowledged,
)
from notifier.alerts.links import LINK_LIFE, Links

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
LINKS = Links([SecretStr("k" * 32)], "https://tickets.example.com")


@pytest.mark.proves("N-13")
@pytest.mark.parametrize(("body", "codes"), [
    ("ACK 4471", ("4471",)), ("ack4471", ("4471",)), (" Ack:  4471. ", ("4471",)), ("“ACK 0007”", ("0007",)),
    ("acknowledged 4471", ("4471",)), ("ACK 4471 on my way", ("4471",)), ("Ack\n4471", ("4471",)),
    ("4471", ("4471",)), ("ok 4471", ("4471",)), ("acked 4471", ("4471",)), ("#4471, there by 1430", ("4471", "1430")),
    ("ACK", ()), ("STOP", ()), ("", ()), ("ACK 44717788990", ()), ("there in 20 minutes", ()), ("٤٤٧١", ()),
    ("111 222 333 444 555 666", ("111", "222", "333", "444", "555")),
])  # fmt: skip
def test_the_codes_of_a_reply_are_found_however_it_is_wrapped(body: str, codes: tuple[str, ...]) -> None:
    assert codes_in(body) == codes


@pytest.mark.proves("N-13")
def test_two_machines_that_answer_each_other_come_to_an_end() -> None:
    explanations = Explanations()
    assert [explanations.allowed("+13525550100", now=NOW) for _ in range(7)] == [True] * 5 + [False] * 2
    assert explanations.allowed("+13525550101", now=NOW)
    assert explanations.allowed("+13525550100", now=NOW + timedelta(hours=1))


@pytest.mark.proves("N-13")
def test_a_link_is_good_for_its_message_and_a_day() -> None:
    delivery_id = uuid7()
    url = LINKS.url(delivery_id, now=NOW)
    token = url.removeprefix("https://tickets.example.com/a/")
    assert "/" not in token
    assert LINKS.delivery(token, now=NOW + LINK_LIFE - timedelta(seconds=1)) == delivery_id
    assert LINKS.delivery(token, now=NOW + LINK_LIFE) is None
    others = Links([SecretStr("o" * 32)], "https://tickets.example.com")
    assert others.delivery(token, now=NOW) is None


@pytest.mark.proves("O-9")
def test_a_link_outlives_the_key_that_signed_it_while_that_is_known() -> None:
    delivery_id = uuid7()
    renewed = Links([SecretStr("o" * 32), SecretStr("k" * 32)], "https://tickets.example.com")
    assert renewed.delivery(LINKS.token(delivery_id, now=NOW), now=NOW) == delivery_id
    assert LINKS.delivery(renewed.token(delivery_id, now=NOW), now=NOW) is None


@pytest.mark.proves("N-13")
@pytest.mark.parametrize("token", ["", "x", "é" * 20, "A" * 5000, "AAAA", "=" * 8])
def test_nonsense_is_no_link(token: str) -> None:
    assert LINKS.delivery(token, now=NOW) is None


@pytest.mark.proves("N-13")
def test_no_bit_of_a_link_can_be_changed() -> None:
    token = LINKS.token(uuid7(), now=NOW)
    for at, letter in enumerate(token[:-1]):
        changed = token[:at] + ("A" if letter != "A" else "B") + token[at + 1 :]
        assert LINKS.delivery(changed, now=NOW) is None


@pytest.mark.proves("N-13")
def test_only_our_own_button_is_a_press() -> None:
    action = {"action_id": "acknowledge", "value": "d1"}
    payload: dict[str, Any] = {"type": "block_actions", "user": {"id": "U1", "username": "sam"}, "trigger_id": "t"}
    assert button_press({**payload, "actions": [{"action_id": "other"}, action]}) == ButtonPress("d1", "U1", "sam", "t")
    assert button_press({**payload, "actions": [{"action_id": "other"}]}) is None
    assert button_press({**payload, "actions": "x"}) is None
    hostile = {**payload, "user": {"id": "U\x001", "username": "\ud800" + "s" * 999}, "actions": [action]}
    assert button_press(hostile) == ButtonPress("d1", "U1", "s" * 255, "t")
    assert button_press({**payload, "type": "view_submission", "actions": [action]}) is None
    assert button_press({"type": "block_actions", "actions": [action]}) is None


@pytest.mark.proves("N-13")
def test_only_a_persons_acknowledgement_in_pagerduty_counts() -> None:
    event: dict[str, Any] = {
        "id": "01E", "event_type": "incident.acknowledged", "data": {"incident_key": "rule:1"},
        "agent": {"id": "PSAM", "type": "user_reference", "summary": "Sam"},
    }  # fmt: skip
    assert incident_acknowledged({"event": event}) == IncidentAcknowledged("rule:1", "PSAM", "Sam", "01E")
    assert incident_acknowledged({"event": {**event, "event_type": "incident.resolved"}}) is None
    assert incident_acknowledged({"event": {**event, "agent": {"id": "P1", "type": "events_api_v2_reference"}}}) is None
    assert incident_acknowledged({"event": {**event, "agent": None}}) is None
    assert incident_acknowledged({"event": "x"}) is None
    assert incident_acknowledged({}) is None
