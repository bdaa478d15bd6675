"""What a processor has of a payment beside what we have (P-6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from chassis.clock import TEST_EPOCH
from checkout.transactions.comparison import (
    TOO_YOUNG,
    ComparedState,
    ComparisonOutcome,
    ComparisonPart,
    Discrepancy,
    DiscrepancyKind,
    agrees,
    discrepancies,
    is_judged,
    outcome_of,
)
from tests.unit.checkout.transactions.test_transactions_domain import PENDING, sighting, told

pytestmark = pytest.mark.proves("P-6")

OURS = replace(told([sighting(refunded=2_000, fee=320)])[0], transaction_id=4_711)
LEDGER = 8_000


@pytest.mark.parametrize(
    ("changes", "ledger", "expected"),
    [
        ({}, LEDGER, []),
        ({"fee": None}, LEDGER, []),
        ({"refunded": 5_000}, LEDGER, [("differs", ("refunded",))]),
        ({"amount": 9_000, "currency": "EUR"}, LEDGER, [("differs", ("amount", "currency"))]),
        ({"status": PENDING, "fee": 300}, LEDGER, [("differs", ("state", "fee"))]),
        ({}, 10_000, [("ledger_differs", ("ledger",))]),
        ({}, None, [("ledger_differs", ("ledger",))]),
    ],
)
def test_what_differs(changes: dict[str, Any], ledger: int | None, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    theirs = sighting(**({"refunded": 2_000, "fee": 320} | changes)).payment
    assert [(each.kind, each.fields) for each in discrepancies(theirs, OURS, ledger)] == expected
    assert agrees(theirs, OURS) is not any(kind == "differs" for kind, _ in expected)


def test_what_we_have_not_is_missing_and_what_is_newer_here_agrees() -> None:
    theirs = sighting().payment
    assert [each.kind for each in discrepancies(theirs, None, None)] == [DiscrepancyKind.MISSING]
    assert agrees(theirs, told([sighting(), sighting(1, refunded=7)])[0])
    assert is_judged(theirs, until=TEST_EPOCH + TOO_YOUNG)
    assert not is_judged(theirs, until=TEST_EPOCH + TOO_YOUNG - timedelta(seconds=1))


@pytest.mark.parametrize(
    ("states", "mended", "outcome"),
    [
        (["read"], [], ComparisonOutcome.NOTHING),
        ([], [], ComparisonOutcome.NOTHING),
        (["read"], [True], ComparisonOutcome.REPAIRED),
        (["read"], [True, False], ComparisonOutcome.PERSON),
        (["read", "unreadable"], [True, False], ComparisonOutcome.UNREADABLE),
    ],
)
def test_the_worst_counts(states: list[str], mended: list[bool], outcome: ComparisonOutcome) -> None:
    parts = [ComparisonPart(run_id=UUID(int=1), connection_id=12, state=ComparedState(state)) for state in states]
    found = [Discrepancy(payment_id="p", kind=DiscrepancyKind.MISSING, mended=each) for each in mended]
    assert outcome_of(parts, found) is outcome
