"""How much commission is due, to the minor unit, what of it is charged, and which accounts can be (P-7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from checkout.commission.domain import CollectionBlock, DebitableAccount, Verification, pause_after
from checkout.commission.sums import DueSplit, EntrySums, half_even, split_due, worth_collecting
from checkout.providers.domain import WHOLE

pytestmark = pytest.mark.proves("P-7")

ENTRIES = st.lists(
    st.tuples(st.integers(-5_000_000, 99_999_999), st.integers(0, WHOLE), st.integers(-10_000, 10_000)), max_size=30
)


@given(ENTRIES)
def test_commission_is_the_exact_sum_rounded_once_half_to_even(entries: list[tuple[int, int, int]]) -> None:
    exact = sum(amount * ppm for amount, ppm, _ in entries)
    kept = sum(at_source for _, _, at_source in entries)
    plain = sum((Decimal(amount) * ppm / WHOLE for amount, ppm, _ in entries), Decimal(0))
    sums = EntrySums(exact=exact, at_source=kept)
    assert sums.commission == plain.quantize(Decimal(1), rounding=ROUND_HALF_EVEN)
    assert sums.owed + kept == sums.commission
    assert abs(sums.commission * WHOLE - exact) * 2 <= WHOLE


@pytest.mark.parametrize(
    ("numerator", "whole"), [(25, 2), (15, 2), (35, 4), (-25, -2), (-15, -2), (-35, -4), (26, 3), (-24, -2), (0, 0)]
)
def test_a_half_goes_to_the_even_side_of_either_sign(numerator: int, whole: int) -> None:
    assert half_even(numerator, 10) == whole


@given(st.integers(-(10**12), 10**12), st.sampled_from(["USD", "JPY", "KWD", "ISK", "HUF", "IDR"]))
def test_whatever_is_not_charged_is_the_next_collections(total: int, currency: str) -> None:
    split = split_due(total, currency)
    assert split.amount + split.carried == total
    assert split.amount >= 0, "a credit is never paid out"
    assert split_due(split.amount, currency) == DueSplit(amount=split.amount, carried=0)


@pytest.mark.parametrize(
    ("total", "currency", "amount", "made"),
    [
        (50, "USD", 50, True),
        (49, "USD", 0, False),
        (-1, "USD", 0, False),
        (0, "USD", 0, True),
        (100_000_000, "USD", 99_999_999, True),
        (1_237, "KWD", 1_230, True),
        (150, "ISK", 100, True),
    ],
)
def test_a_collection_is_made_of_what_can_be_charged(total: int, currency: str, amount: int, made: bool) -> None:
    assert split_due(total, currency).amount == amount
    assert worth_collecting(EntrySums(transactions=1, exact=total * WHOLE), 0, currency) is made
    assert worth_collecting(EntrySums(), total, currency) is (made and total != 0), "of nothing there is none"


@pytest.mark.parametrize(
    ("change", "block"),
    [
        ({}, None),
        ({"details_submitted": False}, CollectionBlock.DETAILS_MISSING),
        ({"charges_enabled": False}, CollectionBlock.CHARGES_DISABLED),
        ({"liable": False}, CollectionBlock.NOT_DEBITABLE),
        ({"currency": "EUR"}, CollectionBlock.CURRENCY_DIFFERS),
    ],
)
def test_an_account_that_can_t_be_debited_says_why(change: Any, block: CollectionBlock | None) -> None:
    usual = DebitableAccount(charges_enabled=True, details_submitted=True, liable=True, currency="USD")
    assert replace(usual, **change).block("USD") is block


def test_what_was_corrected_once_is_not_corrected_again() -> None:
    wrong = Verification(missing=(), stored=1_000, recalculated=900, corrected=0)
    assert (wrong.holds, wrong.difference) == (False, -100)
    assert Verification(missing=(), stored=1_000, recalculated=900, corrected=-100).holds
    assert not Verification(missing=(7,), stored=1_000, recalculated=1_000, corrected=0).holds


def test_pauses_grow_to_five_minutes() -> None:
    assert [pause_after(tries) for tries in (1, 2, 50)] == [
        timedelta(seconds=2),
        timedelta(seconds=4),
        timedelta(minutes=5),
    ]
