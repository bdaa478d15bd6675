"""What the operations page says, from figures as values."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.metrics import Metric, Metrics
from config import load
from monitor.dashboards.formats import age, milliseconds, percent
from monitor.dashboards.operations.endpoints import Endpoint, counters, endpoints, overall
from monitor.dashboards.operations.panels.endpoints import EndpointsPanel
from monitor.dashboards.operations.panels.seats import SeatsPanel, comb
from monitor.dashboards.operations.panels.sms import SmsPanel
from monitor.dashboards.operations.panels.tiles import tiles
from monitor.dashboards.operations.panels.webhooks import bars
from monitor.figures.domain import PaymentCounts, PoolState, SmsCounts, WebhookCounts, percentile
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
    first, second = endpoints(counters(text))
    assert (first.route, first.calls, first.errors, first.error_share) == ("/register", 4, 1, 0.25)
    assert (first.p50, first.p95) == (0.025, 5.0)
    assert (second.route, second.errors) == ("/api/orders/{order_id}", 0)
    everything = overall(counters(text))
    assert everything is not None
    assert (everything.calls, everything.errors) == (5, 1)
    assert overall(counters(Metrics().text().decode())) is None


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
    texts = SmsCounts(queued=12, sent=8, delivered=4, failed=2)
    assert [(row.word, row.count, row.share) for row in SmsPanel.of(texts).rows] == [
        ("Delivered", 4, "40%"),
        ("Failed", 2, "20%"),
        ("No receipt yet", 2, "20%"),
        ("Not sent yet", 2, "20%"),
    ]
    assert texts.delivered_share == pytest.approx(2 / 3)
    assert SmsCounts(queued=0, sent=0, delivered=1, failed=0).waiting == 0


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
    texts = SmsCounts(queued=0, sent=delivered + failed, delivered=delivered, failed=failed)
    found = {tile.label: tile for tile in tiles(operations(sms=texts))}
    assert found["Texts delivered, 1 h"].breach == breach
    assert found["Payments, 1 h"].value == "–"
    assert found["Response, p95, 5 min"].limit == "no requests"


@pytest.mark.proves("M-11")
def test_a_tile_says_what_its_share_is_of_and_why_it_is_no_breach() -> None:
    def payments(paid: int, failed: int) -> str:
        counts = PaymentCounts(paid=paid, failed=failed, declined=3)
        return {tile.label: tile for tile in tiles(operations(payments=counts))}["Payments, 1 h"].limit

    assert payments(17, 1) == "limit 95% · 1 of 18 failed, alerts from 5"
    assert payments(99, 1) == "limit 95% · 1 of 100 failed"
    assert payments(10, 5) == "limit 95% · 5 of 15 failed"


@pytest.mark.proves("M-11")
def test_texts_that_wait_in_an_outage_are_told_beside_those_that_arrived() -> None:
    texts = SmsCounts(queued=30, sent=18, delivered=18, failed=0)
    found = {tile.label: tile for tile in tiles(operations(sms=texts))}["Texts delivered, 1 h"]
    assert (found.value, found.limit) == ("100", "12 not sent yet · limit 95% · 0 of 18 failed")
    waiting = SmsCounts(queued=1, sent=0, delivered=0, failed=0)
    assert "1 not sent yet" in [tile.limit for tile in tiles(operations(sms=waiting))]


def answered(route: str, calls: int, errors: int = 0) -> Endpoint:
    return Endpoint(method="GET", route=route, calls=calls, errors=errors, p50=0.025, p95=0.25, p99=math.inf)


@pytest.mark.proves("M-11")
def test_times_are_bounds_and_routes_without_errors_are_folded() -> None:
    routes = [answered("/", 90), answered("/register", 8, errors=2), answered("/success", 2)]
    (row,) = EndpointsPanel.failing(routes).rows
    assert (row.route, row.errors, row.p50, row.p95, row.p99) == ("/register", "25%", "≤ 25 ms", "≤ 250 ms", "> 30 s")
    assert EndpointsPanel.failing(routes).quiet == 2
    assert EndpointsPanel.failing(routes[:1]).rows == []
    assert len(EndpointsPanel.busiest(routes).rows) == 3


@pytest.mark.proves("M-11")
def test_cities_that_no_page_lists_are_not_on_the_board() -> None:
    catalogue = load("deploy/config").catalogue
    pools = [replace(pool(1, 0, 5, 5), city=city) for city in ("demo", "dallas-jan-2027", "unknown")]
    assert [row.city for row in SeatsPanel.of(pools, (), catalogue).rows] == ["Dallas", "unknown"]
