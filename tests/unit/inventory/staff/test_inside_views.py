"""Which city the page of who is in shows first, and how people read what happened there (I-11)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from inventory.doors.domain import DoorCity, DoorCounts
from inventory.staff.inside_views import full, nearest

pytestmark = pytest.mark.proves("I-11", "W-2")

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)


def city(name: str, days: int | None) -> DoorCity:
    starts = None if days is None else NOW + timedelta(days=days)
    return DoorCity(city_id=name, name=name, time_zone="America/Chicago", starts=starts)


def test_the_city_of_today_is_shown_first() -> None:
    over, second_day, next_month = city("over", -9), city("second day", -1), city("next month", 30)
    assert nearest([over, second_day, next_month], NOW) == second_day
    assert nearest([over, next_month], NOW) == next_month
    assert nearest([over], NOW) == over
    assert nearest([city("no date", None)], NOW) == city("no date", None)
    assert nearest([], NOW) is None


def test_tiers_without_a_ticket_or_a_guest_are_counted_too() -> None:
    seen = full(DoorCounts(tickets={"vip": 3}, inside={"ga": 1}, doors={"": 1, "Door A": 4}, conflicts=0))
    assert (seen.inside, seen.tickets) == (1, 3)
    assert seen.tiers == [("GA", 1, 0), ("VIP", 0, 3)]
    assert seen.doors == [("Without a name", 1), ("Door A", 4)]
