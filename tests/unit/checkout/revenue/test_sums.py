"""What days come to in all, and which days are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from checkout.revenue.domain import RevenueRow, RevenueSums, Source, Span, summed_by
from checkout.revenue.models import DashboardOut

pytestmark = pytest.mark.proves("P-8")

DAY = date(2026, 11, 21)
OURS = RevenueRow(
    day=DAY, source=Source.PLATFORM, provider_id=0, processor="stripe", currency="USD", commission_ppm=0, payments=2,
    paid=20_000, refunded=5_000, disputed=0, fees=610, at_source=0,
)  # fmt: skip
THEIRS = replace(
    OURS, source=Source.EXTERNAL, provider_id=7, processor="square", commission_ppm=125_000, paid=9_999, refunded=0,
    disputed=1_000, payments=1, fees=320, at_source=400,
)  # fmt: skip


def test_what_went_back_is_no_revenue_and_commission_is_of_providers_own_money_alone() -> None:
    ((_, sums),) = summed_by([OURS, THEIRS], lambda _: "").items()
    assert (sums.platform, sums.external, sums.total) == (15_000, 8_999, 23_999)
    assert (sums.payments, sums.paid, sums.refunded, sums.disputed) == (3, 29_999, 5_000, 1_000)
    assert (sums.fees, sums.commission, sums.at_source) == (930, 1_125, 400)


@pytest.mark.parametrize(("kept", "commission"), [(4, 0), (12, 2), (20, 2), (-4, 0), (-12, -2), (28, 4)])
def test_commission_is_rounded_once_half_to_even(kept: int, commission: int) -> None:
    row = replace(THEIRS, paid=kept, refunded=0, disputed=0)
    assert RevenueSums().with_row(row).commission == commission
    halves = RevenueSums().with_row(row).with_row(row)
    assert halves.commission == kept * 2 * 125_000 // 1_000_000, "two halves are a whole"


def test_figures_are_apart_by_currency_provider_processor_and_day() -> None:
    yen = replace(THEIRS, currency="JPY", provider_id=8, day=date(2026, 11, 20), processor="paypal")
    span = Span.of(None, None, today=DAY)
    shown = DashboardOut.of(
        [OURS, THEIRS, yen], span=span, provider=None, zone="America/Chicago", as_of=None
    ).model_dump(mode="json")
    assert [(each["currency"], each["total_revenue"]) for each in shown["totals"]] == [("JPY", 8999.0), ("USD", 239.99)]
    assert [each["provider"] for each in shown["by_provider"]] == [None, 7, 8]
    assert [each["processor"] for each in shown["by_processor"]] == ["paypal", "square", "stripe"]
    assert [(each["day"], each["payments"]) for each in shown["by_day"]] == [("2026-11-20", 1), ("2026-11-21", 3)]
    assert (shown["since"], shown["until"]) == ("2026-10-23", "2026-11-21"), "30 days"


def test_days_are_shown_in_order_and_no_more_than_an_answer_bears() -> None:
    for since, until, fault in (
        (None, date(2026, 1, 31), False),
        (DAY, None, False),
        (date(2026, 12, 1), None, False),
        (date(2026, 12, 1), DAY, True),
        (date(2025, 10, 17), DAY, True),
        (date(2025, 10, 18), DAY, False),
    ):
        assert bool(Span.of(since, until, today=DAY).fault) is fault, (since, until)
