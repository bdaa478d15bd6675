"""What a new catalogue changes is told value by value, and what it takes off sale apart (C-2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from checkout.catalogue.changes import Change, Comparison, Withdrawal, changes, entries, withdrawals
from tests.unit.checkout.samples import catalogue, city, code, kind_of_pass, tier

pytestmark = pytest.mark.proves("C-2")

DALLAS = "dallas-jan-2027"


def test_a_value_is_told_where_the_file_has_it() -> None:
    before = entries(catalogue(codes={"FADE10": code()}))
    dearer = city(tiers={"ga": tier(price=64900), "vip": tier(name="VIP", price=119900, member_discount_percent=10)})
    after = entries(catalogue(dearer, codes={"FADE10": code(usage_limit=5)}, hold=timedelta(minutes=5)))
    assert changes(before, after) == (
        Change("hold", "600s", "300s"),
        Change(f"cities.{DALLAS}.tiers.ga.price", 59900, 64900),
        Change("discountCodes.FADE10.usageLimit", None, 5),
    )
    assert changes(before, before) == ()


def test_what_is_off_sale_is_told_as_a_withdrawal_only() -> None:
    sold = replace(catalogue(city(), city("gone", withdrawn=True), city("austin")), passes={"ten": kind_of_pass()})
    fewer = city(tiers={**city().tiers, "vip": tier(price=1, withdrawn=True)})
    after = replace(
        catalogue(fewer, city("gone", withdrawn=True), city("austin", name="Other", withdrawn=True)),
        passes={"ten": kind_of_pass(price=1, withdrawn=True)},
    )
    assert changes(entries(sold), entries(after)) == ()
    assert list(withdrawals(sold, after)) == [
        Withdrawal(city_id=DALLAS, tier="vip"),
        Withdrawal(city_id="austin"),
        Withdrawal(pass_id="ten"),
    ]


def test_codes_that_end_are_known_and_members_are_only_counted() -> None:
    before = entries(catalogue(codes={"FADE10": code(), "KEPT": code(valid_until=city().ends)}))
    after = entries(catalogue(codes={"KEPT": code()}, roster=frozenset({"a@example.com", "b@example.com"})))
    found = Comparison(changed=(), changes=changes(before, after), withdrawn=())
    assert found.ended_codes == ("FADE10",)
    assert changes(before, after)[-1] == Change("members", None, 2)
