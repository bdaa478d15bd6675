"""What a provider's settings may be, and what they are by default."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from checkout.providers.domain import PaymentMode, ProviderSettings, faults, ppm_of

pytestmark = pytest.mark.proves("P-1")
DEFAULT = ProviderSettings.default("USD")


def test_whoever_has_set_nothing_is_paid_by_the_platform() -> None:
    assert (DEFAULT.payment_mode, DEFAULT.commission_rate) == (PaymentMode.CENTRALIZED, Decimal("0.2"))
    assert (DEFAULT.min_external, DEFAULT.max_platform, DEFAULT.fallback) == (5_000, 20_000, True)
    assert list(faults(DEFAULT)) == []


@pytest.mark.parametrize(("currency", "least", "most"), [("JPY", 50, 200), ("KWD", 50_000, 200_000)])
def test_defaults_are_major_units_of_any_currency(currency: str, least: int, most: int) -> None:
    settings = ProviderSettings.default(currency)
    assert (settings.min_external, settings.max_platform) == (least, most)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"min_external": 0}, set()),
        ({"min_external": 100_000, "max_platform": 100_000}, set()),
        ({"min_external": -1}, {"min_external_amount"}),
        ({"min_external": 100_001, "max_platform": 200_000}, {"min_external_amount"}),
        ({"min_external": 0, "max_platform": 1_000}, set()),
        ({"min_external": 0, "max_platform": 999}, {"max_platform_amount"}),
        ({"min_external": 5_001, "max_platform": 5_000}, {"min_external_amount"}),
        ({"preferred": ("square", "platform")}, set()),
        ({"preferred": ("square", "square")}, {"preferred_processors"}),
    ],
)
def test_what_makes_no_sense_has_its_reason(values: dict[str, Any], wrong: set[str]) -> None:
    assert dict(faults(replace(DEFAULT, **values))).keys() == wrong


@pytest.mark.parametrize(
    ("rate", "ppm"),
    [
        ("0", 0),
        ("0.20", 200_000),
        ("1", 1_000_000),
        ("0.000001", 1),
        ("0.0000001", None),
        ("1.000001", None),
        ("-0.1", None),
        ("20", None),
    ],
)
def test_a_rate_is_a_fraction_in_whole_millionths(rate: str, ppm: int | None) -> None:
    assert ppm_of(Decimal(rate)) == ppm
