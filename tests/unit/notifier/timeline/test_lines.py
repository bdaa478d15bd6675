"""Each state of a message has its word and its sentence (N-14)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chassis.ids import uuid7
from events import Channel
from notifier.deliveries.domain import Delivery, Reason, State
from notifier.timeline.domain import Line, message_line

NOW = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)


def line(**changes: Any) -> Line:
    known: dict[str, Any] = {
        "id": uuid7(), "notification_id": uuid7(), "order_id": None, "kind": "alert", "channel": Channel.SMS,
        "recipient": "+13525550100", "state": State.QUEUED, "version": 1, "lane": 0, "critical": True,
        "next_attempt_at": NOW, "created_at": NOW,
    }  # fmt: skip
    return message_line(Delivery(**known | changes), person=lambda _channel, _recipient: "alex")


@pytest.mark.proves("N-14", "E-10")
@pytest.mark.parametrize(("changes", "what", "reason", "sentence"), [
    ({}, "waiting", None, None),
    ({"next_attempt_at": NOW + timedelta(days=2)}, "waiting", "business_hours", "It waits for business hours."),
    ({"waits_for": "stock"}, "waiting", "stock", "It waits for word on the seats."),
    ({"error_code": "http_503", "reason": "Twilio failed with HTTP 503.", "attempts": 1},
     "waiting", "http_503", "Twilio failed with HTTP 503."),
    ({"state": State.FAILED, "error_code": "21211", "reason": "No number.", "settled_at": NOW},
     "failed", "21211", "No number."),
    ({"state": State.SENT, "sent_at": NOW}, "sent", None, None),
])  # fmt: skip
def test_a_message_says_where_it_is_and_why(
    changes: dict[str, Any], what: str, reason: str | None, sentence: str | None
) -> None:
    shown = line(**changes)
    assert (shown.what, shown.reason, shown.explanation) == (what, reason, sentence)
    assert (shown.to, shown.person, shown.why) == ("***0100", "alex", "first")


@pytest.mark.proves("N-14")
@pytest.mark.parametrize("reason", Reason)
def test_whatever_stays_unsent_has_a_sentence(reason: Reason) -> None:
    shown = line(state=State.SUPPRESSED, reason=reason.value, settled_at=NOW)
    assert (shown.what, shown.reason) == ("not_sent", reason.value)
    assert shown.explanation
    assert shown.explanation.endswith(".")
