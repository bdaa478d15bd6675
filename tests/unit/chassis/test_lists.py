"""Filters and cursors of every list (X-3), and how documents are written."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from chassis.app import Moment, PlainText, as_json, read_cursor, write_cursor
from chassis.errors import InvalidRequest

pytestmark = pytest.mark.proves("X-3")

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def test_a_cursor_leads_back_to_its_place() -> None:
    assert read_cursor(write_cursor(NOON, "evt_1")) == (NOON, "evt_1")


@pytest.mark.parametrize(
    "place",
    [
        [1, 2],
        None,
        [],
        ["x", "y"],
        [NOON.isoformat(), 5],
        [NOON.isoformat(), "a\0b"],
        ["0001-01-01T00:00:00+14:00", "x"],
        ["9999-12-31T23:59:59-14:00", "x"],
    ],
)
def test_a_forged_cursor_is_wrong_input(place: Any) -> None:
    with pytest.raises(InvalidRequest):
        read_cursor(base64.urlsafe_b64encode(json.dumps(place).encode()).decode())


@pytest.mark.parametrize("text", ["x", "ü", "W10", base64.urlsafe_b64encode(b"[" * 100_000).decode()])
def test_what_is_no_cursor_is_wrong_input(text: str) -> None:
    with pytest.raises(InvalidRequest):
        read_cursor(text)


@pytest.mark.parametrize("text", ["a\0b", "a\nb", "x" * 255])
def test_a_filter_takes_no_control_characters_and_an_end(text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[str](PlainText).validate_python(text)


def test_a_moment_is_in_utc_and_in_the_calendar() -> None:
    adapter = TypeAdapter[datetime](Moment)
    assert adapter.validate_python("2026-11-21T13:00:00+01:00") == NOON
    assert adapter.validate_python("2026-11-21T13:00:00+01:00").tzinfo is UTC
    for wrong in ("9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-11-21T12:00:00"):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


def test_times_on_the_wire_are_utc_with_z() -> None:
    berlin = NOON.astimezone(timezone(timedelta(hours=1)))
    assert as_json({"at": berlin, "list": [NOON]}) == {"at": "2026-11-21T12:00:00Z", "list": ["2026-11-21T12:00:00Z"]}
