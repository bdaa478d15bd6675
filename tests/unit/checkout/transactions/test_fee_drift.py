"""What processors kept, beside what fees.yaml says that they keep (P-3)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from checkout.transactions.fee_drift import FeeDrift, KeptFees, compared
from config import Fees
from config.fees import ProcessorFee

pytestmark = pytest.mark.proves("P-3")

EARLIER, LATER = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 10, 1, tzinfo=UTC)
FEES = Fees(
    fees=tuple(
        ProcessorFee.model_validate(
            {"processor": "square", "currency": "USD", "percent": percent, "fixed": 30, "validFrom": since.isoformat()}
        )
        for percent, since in (("2.9", EARLIER), ("3", LATER))
    )
)


def kept(amount: int, payments: int, fees: int, *, since: datetime | None = EARLIER, at: str = "square") -> KeptFees:
    return KeptFees(processor=at, currency="USD", valid_from=since, amount=amount, payments=payments, kept=fees)


def test_each_payment_is_estimated_by_the_line_of_its_time() -> None:
    [found] = compared([kept(10_000, 2, 640), kept(10_000, 1, 330, since=LATER), kept(5_000, 1, 175)], FEES)
    assert (found.payments, found.volume, found.estimated, found.actual) == (4, 35_000, 2 * 320 + 330 + 175, 1_145)
    assert not found.drifts


def test_a_line_that_there_is_not_is_told() -> None:
    clover, square = compared([kept(100, 1, 33), kept(100, 1, 5, since=None, at="clover")], FEES)
    assert (clover.processor, clover.estimated, clover.actual, clover.drifts) == ("clover", None, 5, True)
    assert (square.processor, square.drifts) == ("square", False)


@pytest.mark.parametrize(("actual", "drifts"), [(95, False), (94, True), (105, False), (106, True)])
def test_five_per_cent_more_or_less_are_no_drift(actual: int, drifts: bool) -> None:
    found = FeeDrift(processor="square", currency="USD", payments=1, volume=1_000, estimated=100, actual=actual)
    assert found.drifts is drifts
