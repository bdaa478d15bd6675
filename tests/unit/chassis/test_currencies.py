"""Currencies as Stripe's page on them says: minor units, steps, the least and the most."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis import formats
from chassis.currencies import TAKEN, rules_of
from chassis.money import Money, is_currency, share_of

pytestmark = pytest.mark.proves("X-8")


@pytest.mark.parametrize(
    ("amount", "currency", "text", "short"),
    [
        (5990000, "RSD", "RSD\N{NO-BREAK SPACE}59,900.00", "RSD\N{NO-BREAK SPACE}59,900"),
        (5990000, "ISK", "ISK\N{NO-BREAK SPACE}59,900", "ISK\N{NO-BREAK SPACE}59,900"),
        (5990000, "UGX", "UGX\N{NO-BREAK SPACE}59,900", "UGX\N{NO-BREAK SPACE}59,900"),
        (179990, "KWD", "KWD\N{NO-BREAK SPACE}179.990", "KWD\N{NO-BREAK SPACE}179.990"),
        (179000, "KWD", "KWD\N{NO-BREAK SPACE}179.000", "KWD\N{NO-BREAK SPACE}179"),
        (59900, "JPY", "¥59,900", "¥59,900"),
        (59900, "HUF", "HUF\N{NO-BREAK SPACE}599.00", "HUF\N{NO-BREAK SPACE}599"),
        (59900, "TWD", "NT$599.00", "NT$599"),
    ],
)
def test_an_amount_reads_as_the_processor_takes_it(amount: int, currency: str, text: str, short: str) -> None:
    assert formats.money(Money(amount, currency)) == text
    assert formats.money_short(Money(amount, currency)) == short


@pytest.mark.parametrize(
    ("currency", "amount", "taken"),
    [
        ("USD", 0, True),
        ("USD", 49, False),
        ("USD", 50, True),
        ("USD", 99_999_999, True),
        ("USD", 100_000_000, False),
        ("GBP", 30, True),
        ("CZK", 1499, False),
        ("ISK", 5_990_050, False),
        ("ISK", 5_990_000, True),
        ("KWD", 152_992, False),
        ("KWD", 152_990, True),
        ("IDR", 999_999_999_999, True),
        ("IDR", 1_000_000_000_000, False),
    ],
)
def test_what_can_be_charged(currency: str, amount: int, taken: bool) -> None:
    assert rules_of(currency).chargeable(amount) is taken


@pytest.mark.parametrize(("step", "share"), [(1, 26998), (10, 27000), (100, 27000)])
def test_a_share_is_of_whole_steps(step: int, share: int) -> None:
    assert share_of(179990, 15, step=step) == share


@given(currency=st.sampled_from(sorted(TAKEN)), amount=st.integers(0, 10**12))
def test_each_currency_that_is_taken_can_be_written_exactly(currency: str, amount: int) -> None:
    rules = rules_of(currency)
    assert is_currency(currency)
    assert rules.least % rules.step == 0
    assert Money(amount, currency).major() * 10**rules.digits == amount
    charged = Money(amount - amount % rules.step, currency)
    assert int("".join(filter(str.isdigit, formats.money(charged)))) * 10 ** (rules.digits - rules.shown_digits) == (
        charged.amount
    )
