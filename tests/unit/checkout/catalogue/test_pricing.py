"""A catalogue whose prices could not be paid is refused when it is loaded, with each such price."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checkout.catalogue.pricing import faults
from tests.fixtures import shipped
from tests.unit.checkout.samples import catalogue, city, code, kind_of_pass, tier

pytestmark = pytest.mark.proves("C-2")

PLACE = "cities.dallas-jan-2027.tiers.ga"
RANGE = "a card is charged $0.50 to $999,999.99 in steps of $0.01, or nothing"


def found(price: int = 59900, *, currency: str = "USD", member: int = 0, **codes: object) -> list[str]:
    sold = city(tiers={"ga": tier(price=price, currency=currency, member_discount_percent=member)})
    return list(faults(catalogue(sold, codes={"FADE10": code(**codes)} if codes else {})))


def test_the_shipped_catalogue_can_be_paid() -> None:
    assert list(faults(shipped.catalogue())) == []


def test_what_is_free_or_just_enough_is_sold() -> None:
    assert found(0) == []
    assert found(50) == []
    assert found(59900, percent=100) == []
    assert found(59900, percent=None, amount=59850, currency="USD") == []


def test_each_price_that_nobody_could_pay_is_named() -> None:
    assert found(49) == [f"{PLACE}: a buyer would pay $0.49 for 1; {RANGE}"]
    assert found(59900, percent=None, amount=59860) == [f"{PLACE}: a buyer with FADE10 would pay $0.40 for 1; {RANGE}"]
    assert found(60, member=20) == [f"{PLACE}: a member would pay $0.48 for 1; {RANGE}"]
    assert found(60_000_000) == [f"{PLACE}: a buyer would pay $3,600,000.00 for 6; {RANGE}"]
    assert found(currency="KPW") == [f"{PLACE}.currency: no card can be charged in KPW"]


def test_a_code_that_does_not_count_there_is_no_fault() -> None:
    assert found(59900, percent=None, amount=59860, cities=("atlanta-feb-2027",)) == []
    assert found(59900, percent=None, amount=59860, tiers=("vip",)) == []
    sold = city(tiers={"ga": tier(currency="EUR")})
    assert list(faults(catalogue(sold, codes={"X": code(percent=None, amount=59860, currency="USD")}))) == []


@pytest.mark.proves("C-9")
def test_a_pass_that_nobody_could_pay_is_named() -> None:
    sold = replace(catalogue(), passes={"ten": kind_of_pass(price=49, member_discount_percent=0)})
    assert list(faults(sold)) == [f"passes.ten: a buyer would pay $0.49 for 1; {RANGE}"]
