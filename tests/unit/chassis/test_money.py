"""Amounts in major units, read exactly or not at all."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.money import Money, exact_minor_units, minor_units

pytestmark = pytest.mark.proves("P-1")


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("49.90", "USD", 4990),
        ("49.900", "USD", 4990),
        ("49.901", "USD", None),
        ("-3", "USD", -300),
        ("0", "USD", 0),
        ("50", "JPY", 50),
        ("50.0", "JPY", 50),
        ("50.5", "JPY", None),
        ("1.005", "KWD", 1005),
        ("999999999999.99", "USD", 99999999999999),
        ("1e12", "USD", None),
        ("1e999999", "USD", None),
        ("1e-999999", "USD", None),
        ("NaN", "USD", None),
        ("Infinity", "USD", None),
        ("1.00000000000000000000000000001", "USD", None),
    ],
)
def test_an_amount_is_read_exactly_or_not_at_all(text: str, currency: str, minor: int | None) -> None:
    assert exact_minor_units(Decimal(text), currency) == minor
    assert minor_units(text, currency) == (minor if minor and minor > 0 else None)


@given(st.integers(min_value=0, max_value=10**13), st.sampled_from(("USD", "JPY", "KWD")))
def test_what_was_written_is_read_again(amount: int, currency: str) -> None:
    major = Money(amount, currency).major()
    assert exact_minor_units(major, currency) in (amount, None)
    assert exact_minor_units(major, currency) == amount or major >= 10**12
