"""How long a pause is expected to last, and what pages say of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from checkout.maintenance.domain import Maintenance
from checkout.web.pause_views import pause_view

NOW = datetime(2027, 1, 15, 20, 0, tzinfo=UTC)
ZONE = "America/Chicago"


def maintenance(until: datetime | None) -> Maintenance:
    return Maintenance(reason="We move house.", until=until, since=NOW - timedelta(hours=2), by="sam@example.com")


@pytest.mark.proves("C-8")
@pytest.mark.parametrize(
    ("left", "seconds"),
    [
        (None, 300),
        (timedelta(minutes=-1), 300),
        (timedelta(seconds=4), 30),
        (timedelta(minutes=20, microseconds=1), 1201),
        (timedelta(days=2), 3600),
    ],
)
def test_whoever_is_refused_hears_when_to_ask_again(left: timedelta | None, seconds: int) -> None:
    refused = maintenance(NOW + left if left is not None else None).refusal(NOW)
    assert refused.headers == {"Retry-After": str(seconds)}
    assert refused.detail == refused.extra["reason"] == "We move house."


@pytest.mark.proves("C-8")
def test_an_expected_end_is_named_while_it_is_to_come() -> None:
    until = NOW + timedelta(hours=1)
    told = pause_view(maintenance(until), zone=ZONE, now=NOW)
    assert told is not None
    assert told.expected == "We expect to sell again by Fri, Jan 15, 3:00 PM CST."
    late = pause_view(maintenance(until), zone=ZONE, now=until)
    assert late is not None
    assert "expect" not in late.expected
    assert maintenance(until).refusal(until).extra["until"] is None
    assert pause_view(None, zone=ZONE, now=NOW) is None
