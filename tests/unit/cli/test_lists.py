"""What commands print for people as lines: each story whole, however narrow the terminal."""

from __future__ import annotations

from typing import Any

import pytest

from cli.commands import audit, jobs

ENTRY: dict[str, Any] = {
    "at": "2026-11-29T08:33:27.120000Z",
    "service": "monitor",
    "actor": "sam@example.com",
    "role": "admin",
    "address": "192.0.2.7",
    "action": "user_changed",
    "target": "user:pat@example.com",
    "before": {"role": "viewer", "disabled": False},
    "after": {"role": "operator", "disabled": False},
    "reason": "Pat is on call.\x1b[2J",
    "outcome": "done",
    "code": None,
    "times": 1,
}


@pytest.mark.proves("C-12", "O-1")
def test_a_deed_is_told_with_what_it_changed_and_why() -> None:
    assert audit.lines(ENTRY) == [
        "2026-11-29 08:33:27Z  monitor  user_changed  user:pat@example.com  done",
        "    sam@example.com (admin) from 192.0.2.7",
        '    role: "viewer" → "operator"; Pat is on call.\\x1b[2J',
    ]


@pytest.mark.proves("C-12", "O-1")
def test_what_was_refused_many_times_is_one_story() -> None:
    refused = {"outcome": "refused", "code": "role_missing", "times": 40, "before": None, "after": None, "reason": ""}
    assert audit.lines({**ENTRY, **refused, "role": "", "address": None, "target": ""}) == [
        "2026-11-29 08:33:27Z  monitor  user_changed  refused role_missing × 40",
        "    sam@example.com",
    ]


@pytest.mark.proves("O-5", "O-1")
@pytest.mark.parametrize(
    ("last", "told"),
    [
        (None, "never yet"),
        ({"beganAt": "2026-11-29T08:00:01Z", "outcome": "done"}, "last 2026-11-29T08:00Z done"),
        ({"beganAt": "2026-11-29T08:00:01Z", "outcome": None}, "last 2026-11-29T08:00Z"),
    ],
)
def test_a_job_is_told_with_its_times_and_what_it_does(last: dict[str, Any] | None, told: str) -> None:
    job = {"service": "monitor", "name": "stock-audit", "standing": "late", "dueAt": "2026-11-29T14:00:00Z"}
    head, purpose = jobs.lines({**job, "last": last, "purpose": "Compares the last day."})
    assert head == f"monitor    stock-audit            LATE      next 2026-11-29T14:00Z  {told}"
    assert purpose == "    Compares the last day."
