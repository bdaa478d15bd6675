"""What the operations page says, from figures as values."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chassis.metrics import Metric, Metrics
from monitor.dashboards.formats import age, milliseconds, percent
from monitor.dashboards.operations.endpoints import endpoints, overall
from monitor.dashboards.operations.panels.seats import comb
from monitor.dashboards.operations.panels.sms import SmsPanel
from monitor.dashboards.operations.panels.tiles import tiles
from monitor.dashboards.operations.panels.webhooks import bars
from monitor.figures.domain import PoolState, SmsCounts, WebhookCounts, percentile
from tests.unit.monitor.dashboards.samples import operations
from tests.unit.monitor.samples import NOW


def pool(sold: int, held: int, public: int, actual: int) -> PoolState:
    return PoolState(
        city="dallas",
        tier="ga",
        stock_version=1,
        public_limit=public,
        actual_limit=actual,
        held=held,
        sold=sold,
        oversold=0,
        available=max(0, public - sold - held),
        changed_at=NOW,
    )


@pytest.mark.parametrize(
    ("what", "ticks"),
    [
        (pool(3, 1, 6, 8), ["sold"] * 3 + ["held"] + ["free"] * 2 + ["spare"] * 2),
        (pool(0, 0, 0, 0), []),
        (pool(6, 0, 6, 6), ["sold"] * 6),
    ],
)
def test_a_comb_has_a_tick_for_each_seat(what: PoolState, ticks: list[str]) -> None:
    assert comb(what) == ticks


def test_a_large_comb_is_scaled_and_still_shows_what_there_is() -> None:
    ticks = comb(pool(1, 1, 1000, 1000))
    assert len(ticks) == pytest.approx(40, abs=2)
    assert ticks[:2] == ["sold", "held"]


@pytest.mark.proves("M-11")
def test_routes_are_read_from_the_merged_figures_without_probes() -> None:
    registry = Metrics()
    for seconds, status in ((0.02, "200"), (0.02, "200"), (0.2, "200"), (4.5, "503")):
        registry.observe(Metric.HTTP_DURATION, seconds, method="GET", route="/register", status=status)
    registry.observe(Metric.HTTP_DURATION, 0.001, method="GET", route="/api/orders/{order_id}", status="404")
    registry.observe(Metric.HTTP_DURATION, 9, method="GET", route="/api/health", status="503")
    text = registry.text().decode()
    first, second = endpoints(text)
    assert (first.route, first.calls, first.errors, first.error_share) == ("/register", 4, 1, 0.25)
    assert (first.p50, first.p95) == (0.025, 5.0)
    assert (second.route, second.errors) == ("/api/orders/{order_id}", 0)
    everything = overall(text)
    assert everything is not None
    assert (everything.calls, everything.errors) == (5, 1)
    assert overall(Metrics().text().decode()) is None


def test_percentiles_are_the_upper_ends_of_their_buckets() -> None:
    assert percentile({"10": 98, "250": 2}, 0.5) == 10
    assert percentile({"10": 98, "250": 2}, 0.99) == 250
    assert percentile({"inf": 1}, 0.99) == 60_000
    assert percentile({}, 0.99) is None


def test_bars_are_a_minute_each_and_the_last_is_now() -> None:
    minute = NOW.replace(second=0)
    counted = WebhookCounts(done={minute: 4, minute - timedelta(minutes=59): 2}, failed={minute: 1}, p99_ms=100)
    found, top = bars(counted, now=NOW)
    assert (len(found), top) == (60, 5)
    assert (found[-1].x, found[-1].done, found[-1].failed) == (590, 80.0, 20.0)
    assert found[0].done == 40.0
    assert bars(WebhookCounts(done={}, failed={}, p99_ms=None), now=NOW)[1] == 0


def test_texts_without_a_receipt_are_neither_delivered_nor_failed() -> None:
    texts = SmsCounts(sent=10, delivered=6, failed=2)
    assert [(row.word, row.count, row.share) for row in SmsPanel.of(texts).rows] == [
        ("Delivered", 6, "60%"),
        ("Failed", 2, "20%"),
        ("No receipt yet", 2, "20%"),
    ]
    assert texts.delivered_share == 0.75
    assert SmsCounts(sent=0, delivered=1, failed=0).waiting == 0


@pytest.mark.parametrize(("share", "text"), [(1, "100"), (0.583333, "58.3"), (0.0005, "0.05"), (0, "0"), (0.05, "5")])
def test_shares(share: float, text: str) -> None:
    assert percent(share) == text


@pytest.mark.parametrize(("seconds", "text"), [(5, "5 s"), (65, "1 min"), (7300, "2 h"), (200_000, "2 d"), (-3, "0 s")])
def test_ages(seconds: int, text: str) -> None:
    assert age(timedelta(seconds=seconds)) == text


def test_durations() -> None:
    assert milliseconds(0.0025) == ("2", "ms")
    assert milliseconds(0.412) == ("412", "ms")
    assert milliseconds(2.5) == ("2.5", "s")


@pytest.mark.proves("M-11")
@pytest.mark.parametrize(
    ("delivered", "failed", "breach"), [(0, 0, ""), (0, 4, ""), (90, 10, "high"), (10, 5, "high"), (1000, 10, "")]
)
def test_a_tile_is_marked_as_a_rule_would_judge(delivered: int, failed: int, breach: str) -> None:
    texts = SmsCounts(sent=delivered + failed, delivered=delivered, failed=failed)
    found = {tile.label: tile for tile in tiles(operations(sms=texts))}
    assert found["Texts delivered, 1 h"].breach == breach
    assert found["Payments, 1 h"].value == "–"
    assert found["Response, p95"].limit == "no requests yet"
