from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from chassis.metrics import Metric, Metrics
from monitor.health.merging import Scraped, merge


def process(requests: int) -> str:
    registry = Metrics()
    registry.count(Metric.HTTP_REQUESTS, requests, method="GET", route='/a"b\\{id}', status="200")
    registry.observe(Metric.HTTP_DURATION, 0.2, method="GET", route="/", status="200")
    registry.set(Metric.OUTBOX_DEPTH, 3)
    return registry.text().decode()


@pytest.mark.proves("M-4")
def test_figures_of_all_processes_are_one_text_that_prometheus_reads() -> None:
    silent = Scraped(service="notifier", instance="notifier@host:0", text=None)
    each = [Scraped(service="checkout", instance=f"checkout@host:{slot}", text=process(slot + 1)) for slot in range(2)]
    text = merge([*each, silent], up="fullhouse_instance_up", up_help="Whether")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    requests = {s.labels["instance"]: s for s in families["http_requests"].samples if s.name.endswith("_total")}
    assert {name: sample.value for name, sample in requests.items()} == {"checkout@host:0": 1, "checkout@host:1": 2}
    assert requests["checkout@host:0"].labels["route"] == '/a"b\\{id}'
    depth = [(sample.labels, sample.value) for sample in families["outbox_depth"].samples]
    assert depth == [({"service": "checkout", "instance": f"checkout@host:{slot}"}, 3.0) for slot in range(2)]
    buckets = [s for s in families["http_request_duration_seconds"].samples if s.name.endswith("_bucket")]
    assert all({"service", "instance", "le"} <= set(sample.labels) for sample in buckets)
    up = {sample.labels["instance"]: sample.value for sample in families["fullhouse_instance_up"].samples}
    assert up == {"checkout@host:0": 1, "checkout@host:1": 1, "notifier@host:0": 0}
    assert text.count("# TYPE http_requests_total ") == 1
