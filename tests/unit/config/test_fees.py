"""Fees of processors: of their time, exact, and without ambiguity."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from config import Fees

pytestmark = pytest.mark.proves("P-3")
OLD, NEW = "2024-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"


def line(**changes: Any) -> dict[str, Any]:
    return {
        "processor": "stripe", "currency": "USD", "percent": "2.9", "fixed": 30, "validFrom": OLD, **changes,
    }  # fmt: skip


def fees(*lines: dict[str, Any]) -> Fees:
    return Fees.model_validate({"fees": lines})


@pytest.mark.parametrize(
    ("at", "kept"),
    [("2023-12-31T23:59:59Z", None), ("2024-01-01T00:00:00Z", 320), ("2026-05-01T00:00:00Z", 360)],
)
def test_what_counts_is_what_was_valid_then(at: str, kept: int | None) -> None:
    known = fees(line(), line(percent="3.1", fixed=50, validFrom=NEW), line(processor="square", fixed=0))
    moment = datetime.fromisoformat(at)
    found = known.of("stripe", "USD", moment)
    assert (found.of(10_000) if found else None) == kept
    assert known.of("stripe", "EUR", moment) is None


@pytest.mark.parametrize(("amount", "kept"), [(500, 44), (1_500, 74), (1_000, 59), (1, 30)])
def test_half_a_minor_unit_goes_to_even(amount: int, kept: int) -> None:
    found = fees(line()).of("stripe", "USD", datetime(2026, 5, 1, tzinfo=UTC))
    assert found is not None
    assert found.of(amount) == kept


@pytest.mark.parametrize(
    "lines",
    [
        [line(percent=2.9)],
        [line(percent=3)],
        [line(percent="2.90001")],
        [line(percent="-1")],
        [line(percent="NaN")],
        [line(fixed=0.3)],
        [line(), line(percent="3")],
        [line(currency="usd")],
    ],
    ids=["float", "unquoted", "too fine", "negative", "no number", "half a cent", "twice", "no currency"],
)
def test_what_is_not_exact_or_said_twice_is_refused(lines: list[dict[str, Any]]) -> None:
    with pytest.raises(ValidationError):
        fees(*lines)
