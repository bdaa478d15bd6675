from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cli.errors import UsageError
from cli.moments import coming, moment, month_span

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", NOW - timedelta(seconds=30)),
        ("15m", NOW - timedelta(minutes=15)),
        ("24h", NOW - timedelta(hours=24)),
        ("7d", NOW - timedelta(days=7)),
        ("2026-11-20T08:00:00Z", datetime(2026, 11, 20, 8, 0, tzinfo=UTC)),
        ("2026-11-20T08:00:00-05:00", datetime(2026, 11, 20, 13, 0, tzinfo=UTC)),
        ("2026-11-20", datetime(2026, 11, 20, tzinfo=UTC)),
    ],
)
def test_moments_are_ages_or_times(text: str, expected: datetime) -> None:
    assert moment(text, now=NOW) == expected


def test_what_is_to_come_is_an_age_in_the_other_direction() -> None:
    assert coming("90m", now=NOW) == NOW + timedelta(minutes=90)
    assert coming("2026-11-22T08:00:00Z", now=NOW) == datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
    with pytest.raises(UsageError, match="15m"):
        coming("soon", now=NOW)


@pytest.mark.parametrize("text", ["yesterday", "15", "-5m", "99999999d"])
def test_anything_else_is_refused_with_examples(text: str) -> None:
    with pytest.raises(UsageError, match="15m"):
        moment(text, now=NOW)


def test_a_month_is_one_by_the_zones_clock_whatever_the_season() -> None:
    november = month_span("2026-11", {"FULLHOUSE_MODE": "sandbox", "BUSINESS_TIMEZONE": "America/New_York"})
    assert november == {"since": "2026-11-01T04:00:00+00:00", "until": "2026-12-01T05:00:00+00:00"}
    december = month_span("2026-12", {"FULLHOUSE_MODE": "sandbox", "BUSINESS_TIMEZONE": "UTC"})
    assert december == {"since": "2026-12-01T00:00:00+00:00", "until": "2027-01-01T00:00:00+00:00"}
    last = month_span("last", {"FULLHOUSE_MODE": "sandbox", "BUSINESS_TIMEZONE": "UTC"})
    assert last["since"] < last["until"] <= datetime.now(UTC).isoformat()
    assert month_span("", {"FULLHOUSE_MODE": "sandbox", "BUSINESS_TIMEZONE": "UTC"}) == {}


@pytest.mark.parametrize("text", ["2026", "2026-13", "11-2026", "2026-11-01"])
def test_what_is_no_month_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="2026-11"):
        month_span(text, {"FULLHOUSE_MODE": "sandbox", "BUSINESS_TIMEZONE": "UTC"})
