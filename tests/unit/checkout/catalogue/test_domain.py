"""Prices come from the catalogue, in whole minor units (C-1, C-2, C-3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.catalogue.codes import CodeProblem, code_problem, code_sentence
from checkout.catalogue.domain import CityExtras, DiscountCode, SaleState, membership, price_of, sale_state
from tests.unit.checkout.samples import NOW, catalogue, city, code, terms, tier

pytestmark = pytest.mark.proves("C-2")

MIDNIGHT = datetime(2027, 1, 6, tzinfo=ZoneInfo("America/Chicago"))


@pytest.mark.parametrize(
    ("member", "found", "unit"),
    [
        (False, None, 59900),
        (True, None, 47920),
        (False, code(), 53910),
        (True, code(), 43128),
        (True, code(percent=None, amount=5000, currency="USD"), 42920),
        (False, code(percent=None, amount=100_000, currency="USD"), 0),
    ],
)
def test_the_member_discount_comes_first_then_the_code(member: bool, found: object, unit: int) -> None:
    price = price_of(tier(), quantity=2, member=member, code=found)  # type: ignore[arg-type]
    assert (price.unit_price, price.amount) == (unit, unit * 2)
    assert price.discount_total == (59900 - unit) * 2


@given(
    price=st.integers(0, 10_000_000),
    quantity=st.integers(1, 100),
    member=st.booleans(),
    percent=st.integers(0, 100),
    member_percent=st.integers(0, 100),
)
def test_a_price_is_whole_adds_up_and_is_never_negative(
    price: int, quantity: int, member: bool, percent: int, member_percent: int
) -> None:
    found = price_of(
        tier(price=price, member_discount_percent=member_percent),
        quantity=quantity,
        member=member,
        code=code(percent=percent),
    )
    assert 0 <= found.unit_price <= price
    assert found.unit_price + found.member_discount + found.code_discount == price
    assert found.amount + found.discount_total == price * quantity


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, CodeProblem.UNKNOWN),
        (code(), None),
        (code(valid_from=NOW + timedelta(seconds=1)), CodeProblem.NOT_YET),
        (code(valid_until=NOW), CodeProblem.OVER),
        (code(cities=("atlanta-feb-2027",)), CodeProblem.ELSEWHERE),
        (code(tiers=("vip",)), CodeProblem.OTHER_TIER),
        (code(cities=("dallas-jan-2027",), tiers=("vip", "ga")), None),
        (code(percent=None, amount=100, currency="EUR"), CodeProblem.FOREIGN),
    ],
)
def test_a_code_counts_where_and_when_it_says(found: object, expected: CodeProblem | None) -> None:
    problem = code_problem(found, city_id="dallas-jan-2027", tier="ga", currency="USD", now=NOW)  # type: ignore[arg-type]
    assert problem is expected


@pytest.mark.parametrize(
    ("currency", "price", "percent", "unit"), [("KWD", 179_990, 15, 152_990), ("ISK", 5_990_000, 15, 5_091_500)]
)
def test_a_discount_leaves_what_the_currency_can_be_charged_in(
    currency: str, price: int, percent: int, unit: int
) -> None:
    sold = tier(currency=currency, price=price, member_discount_percent=percent)
    assert price_of(sold, quantity=1, member=False, code=code(percent=percent)).unit_price == unit
    assert price_of(sold, quantity=1, member=True, code=None).unit_price == unit


@pytest.mark.parametrize(
    ("found", "problem", "sentence"),
    [
        (None, CodeProblem.UNKNOWN, "We don’t know this code."),
        (code(valid_until=MIDNIGHT), CodeProblem.OVER, "FADE10 ended on January 5."),
        (code(valid_from=MIDNIGHT), CodeProblem.NOT_YET, "FADE10 counts from January 6."),
        (code(cities=("atlanta", "chicago")), CodeProblem.ELSEWHERE, "That code is for Atlanta and Chicago only."),
        (code(cities=("atlanta",)), CodeProblem.ELSEWHERE, "That code is for Atlanta only."),
        (code(tiers=("vip",)), CodeProblem.OTHER_TIER, "That code is for VIP only."),
    ],
)
def test_a_code_that_does_not_count_says_since_when_or_where_it_would(
    found: DiscountCode | None, problem: CodeProblem, sentence: str
) -> None:
    sold = catalogue(city(), city("atlanta", name="Atlanta"), city("chicago", name="Chicago"))
    assert code_sentence(problem, found, sold, "dallas-jan-2027") == sentence


def test_the_on_sale_window_is_half_open() -> None:
    dallas = city()
    assert sale_state(dallas, dallas.on_sale_from - timedelta(seconds=1)) is SaleState.NOT_YET
    assert sale_state(dallas, dallas.on_sale_from) is SaleState.OPEN
    assert sale_state(dallas, dallas.on_sale_until) is SaleState.OVER


@pytest.mark.proves("C-3")
def test_a_roster_decides_where_there_is_one() -> None:
    listed = terms(roster=frozenset({"ann@example.com"}))
    assert membership(terms(), "x@example.com", claimed=True) == (True, False)
    assert membership(listed, "Ann@Example.com", claimed=True) == (True, True)
    assert membership(listed, "x@example.com", claimed=True) == (False, False)
    assert membership(listed, "ann@example.com", claimed=False) == (False, False)
    assert membership(listed, "", claimed=True) == (True, False)


def test_unlisted_cities_can_be_bought_and_are_on_no_page() -> None:
    found = catalogue(city("demo", listed=False), city("gone", withdrawn=True), city())
    assert [one.city_id for one in found.listed()] == ["dallas-jan-2027"]
    assert found.city("demo") is not None
    assert found.city("gone") is None


@pytest.mark.proves("W-1")
def test_a_tier_without_a_short_name_is_called_by_its_whole_name() -> None:
    extras = {"dallas-jan-2027": CityExtras(refund_until=date(2027, 1, 16), short_names={"ga": "GA"})}
    sold = catalogue(extras=extras)
    assert sold.short_name("dallas-jan-2027", "ga") == "GA"
    assert sold.short_name("dallas-jan-2027", "vip") == "VIP"
    assert sold.refund_until("dallas-jan-2027") == date(2027, 1, 16)
    assert catalogue().refund_until("dallas-jan-2027") is None
