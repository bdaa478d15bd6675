"""What needs a person first, and how pools are told in numbers (I-1, I-3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

import config
from config import PoolStatus
from inventory.pools.domain import City, Pool
from inventory.pools.levels import status_of
from inventory.staff.stock_views import address, city_rows, coming, counted, needs, number, over
from tests.unit.inventory.staff.samples import city, pool
from tests.unit.monitor.samples import NOW

pytestmark = pytest.mark.proves("I-1", "W-2")

LEVELS = config.load("deploy/config").stock_levels


def status(shown: City, of: Pool) -> PoolStatus:
    return status_of(shown, of, LEVELS, NOW)


def told(*cities: City, in_line: dict[tuple[str, str], int] | None = None) -> list[tuple[str, str, str]]:
    return [(each.word, each.what, each.more) for each in needs(cities, status, in_line or {}, NOW)]


def test_oversold_comes_before_closed_before_sold_out_before_low() -> None:
    low = city("low", pool("ga", 30, 35, sold=28), name="Dallas")
    gone = city("gone", pool("vip", 5, 8, sold=5), pool("ga", 100, 100), name="Atlanta")
    soon = city("soon", pool("ga", 30, 35), pool("vip", 5, 8), name="Chicago", from_days=3)
    owed = city("owed", pool("ga", 5, 5, sold=5, oversold=1), name="Boston")
    assert told(low, gone, soon, owed, in_line={("gone", "vip"): 1234}) == [
        ("Oversold", "Boston GA: 1 paid seat has no room", "open more seats, move them, or refund them"),
        ("Closed", "Chicago: on sale from November 24, 6 AM CST", ""),
        ("Sold out", "Atlanta VIP: no seat is left on the pages", "3 seats in the room only · 1,234 in line"),
        ("Low", "Dallas GA: 2 seats are left of 30 on the pages", ""),
    ]


def test_a_tier_that_is_closed_alone_is_named_and_says_why() -> None:
    shown = city("half", pool("ga", 100, 100), pool("vip", 5, 8), name="Dallas")
    withdrawn = shown._replace(shown=replace(shown.shown, withdrawn_tiers=frozenset({"vip"})))
    assert told(withdrawn) == [("Closed", "Dallas VIP: taken out of the catalogue", "")]
    ended = shown._replace(shown=replace(shown.shown, on_sale_until=NOW - timedelta(hours=1)))
    assert told(ended) == [("Closed", "Dallas: the sale ended November 21, 5 AM CST", "")]


def test_what_is_over_or_no_buyer_finds_needs_nobody_but_who_paid_does() -> None:
    over_ = city("over", pool("ga", 5, 5, sold=5), days=-9)
    hidden = city("demo", pool("ga", 5, 5, sold=5), listed=False)
    assert told(over_, hidden) == []
    owed = city("owed", pool("ga", 5, 5, sold=5, oversold=2), days=-9)
    assert told(owed) == [
        ("Oversold", "owed GA: 2 paid seats have no room", "open more seats, move them, or refund them")
    ]


def test_cities_are_in_the_order_of_their_dates_and_one_without_a_date_is_last() -> None:
    cities = [city(name, days=days) for name, days in (("d", None), ("c", 9), ("b", -2), ("a", -9), ("z", -30))]
    assert [each.city_id for each in coming(cities, NOW)] == ["b", "c", "d"]
    assert [each.city_id for each in over(cities, NOW)] == ["a", "z"]


def test_a_pool_is_told_in_numbers_and_what_there_is_none_of_is_a_dash() -> None:
    full = pool("ga", 1000, 1200, held=3, pending=2, sold=1200, spare_sold=203, oversold=4)
    shown = city_rows(city("dallas", full, days=20), status, {("dallas", "ga"): 5})
    (row,) = shown.pools
    assert (shown.name, shown.when, shown.listed) == ("dallas", "Dec 11, 2026", True)
    assert (row.status, row.public, row.actual, row.held, row.pending) == ("Oversold", "1,000", "1,200", "3", "2")
    assert (row.sold, row.spare, row.oversold, row.left, row.room, row.waiting) == ("1,200", "203", "4", "0", "−7", "5")
    (empty,) = city_rows(city("dallas", pool("vip", 3, 4)), status, {}).pools
    assert (empty.held, empty.sold, empty.waiting, empty.left, empty.room) == ("–", "–", "–", "3", "4")
    assert empty.ticks == ["free", "free", "free", "spare"]


def test_names_and_numbers_are_written_for_people_and_addresses_for_browsers() -> None:
    assert address("a/b c", "expand") == "/staff/inventory/a%2Fb%20c/expand"
    assert (number(-1234), counted(1, "seat"), counted(1200, "seat")) == ("−1,234", "1 seat", "1,200 seats")
