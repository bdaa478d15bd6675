"""The catalogue of all metrics, typed, and the process's registry (M-4).

Use it as `metrics.count(Metric.SMS_SENT)`, `metrics.set(Metric.OUTBOX_DEPTH, 5)`,
`metrics.observe(Metric.HTTP_DURATION, 0.2, method=…, route=…, status=…)`. The labels must be exactly the catalogue's.

A process shows what it has counted, set or observed, and nothing else: no zero of a figure that it doesn't know. A
figure with an owner is that service's alone; what the owner's database knows, and so all of its processes, the monitor
shows once for the whole installation (`monitor/figures/workers.py`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from prometheus_client import (
    GC_COLLECTOR,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

disable_created_metrics()  # type: ignore[no-untyped-call]  # times of our own restarts, once for each label

CONTENT_TYPE: Final = CONTENT_TYPE_PLAIN_0_0_4
_SECONDS: Final = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    1.5,
    2.0,
    3.0,
    4.0,
    5.0,
    6.0,
    10.0,
    30.0,
)


class Metric(StrEnum):
    """The metrics by their Prometheus names; a counter's name ends in _total."""

    HTTP_REQUESTS = "http_requests_total"
    HTTP_DURATION = "http_request_duration_seconds"
    TICKETS_SOLD = "workshop_tickets_sold_total"
    CUSTOMERS = "customers_total"
    PASSES_SOLD = "passes_sold_total"
    PASSES_USED = "passes_used_total"
    PASSES_UNDONE = "passes_undone_total"
    REVENUE = "workshop_revenue_total"
    TICKETS_AVAILABLE = "inventory_tickets_available"
    SMS_SENT = "sms_notifications_sent_total"
    SMS_FAILED = "sms_notifications_failed_total"
    ERRORS = "errors_total"
    PAYMENT_SUCCESS_RATE = "stripe_payment_success_rate"
    INVENTORY_NEGATIVE = "inventory_negative_count"
    ERROR_RATE_5XX = "api_error_rate_5xx"
    UPTIME = "process_uptime_seconds"
    EVENT_HANDLING = "event_handling_duration_seconds"
    EVENTS_HANDLED = "events_handled_total"
    CONSUMER_LAG = "consumer_lag_records"
    CONSUMER_LAG_SECONDS = "consumer_lag_seconds"
    DEAD_LETTERS = "dead_letters_total"
    CONSUMER_PARTITIONS = "consumer_partitions"
    CONSUMER_UNANSWERED = "consumer_unanswered_seconds"
    SUBSCRIPTION_STOPPED = "subscription_stopped"
    EVENT_RETRIES = "event_retries_total"
    EVENTS_DEFERRED = "events_deferred"
    OUTBOX_DEPTH = "outbox_depth"
    OUTBOX_AGE = "outbox_oldest_age_seconds"
    OUTBOX_REFUSED = "outbox_refused"
    EVENTS_RELAYED = "events_relayed_total"
    EVENTS_REFUSED = "events_refused_total"
    RELAY_ACTIVE = "relay_active"
    ROWS_UNSORTED = "unsorted_rows"
    POOL_CONNECTIONS = "database_pool_connections"
    QUERY_DURATION = "database_query_duration_seconds"
    VENDOR_REQUESTS = "vendor_requests_total"
    VENDOR_DURATION = "vendor_request_duration_seconds"
    EMAIL_SENT = "email_notifications_sent_total"
    EMAIL_FAILED = "email_notifications_failed_total"
    SLACK_SENT = "slack_notifications_sent_total"
    SLACK_FAILED = "slack_notifications_failed_total"
    PAGERDUTY_SENT = "pagerduty_notifications_sent_total"
    PAGERDUTY_FAILED = "pagerduty_notifications_failed_total"
    INSTANCE_UP = "fullhouse_instance_up"
    SIGNATURES_REFUSED = "webhook_signatures_refused_total"
    REQUESTS_LIMITED = "requests_limited_total"
    WEBHOOKS_IGNORED = "webhooks_ignored_total"
    WEBHOOKS_MISSED = "webhooks_missed_total"
    CONNECTION_BREAKER_OPENINGS = "connection_breaker_openings_total"


class Kind(StrEnum):
    """The kinds of metrics."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Definition:
    """What the catalogue says of a metric.

    kind: counter, gauge or histogram
    help: what it measures, for whoever scrapes
    labels: the labels that every value must have
    buckets: the upper bounds of a histogram's buckets
    owner: the service that alone has the figure; None where every process has its own
    """

    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = _SECONDS
    owner: str | None = None


def _counter(text: str, *labels: str, owner: str | None = None) -> Definition:
    return Definition(Kind.COUNTER, text, labels, owner=owner)


def _gauge(text: str, *labels: str, owner: str | None = None) -> Definition:
    return Definition(Kind.GAUGE, text, labels, owner=owner)


def _histogram(text: str, *labels: str) -> Definition:
    return Definition(Kind.HISTOGRAM, text, labels)


CATALOGUE: Final[Mapping[Metric, Definition]] = MappingProxyType(
    {
        Metric.HTTP_REQUESTS: _counter("Answers, by route", "method", "route", "status"),
        Metric.HTTP_DURATION: _histogram("Seconds to answer (streams: to begin)", "method", "route", "status"),
        Metric.TICKETS_SOLD: _counter("Tickets sold, demonstrations left out", "city", "type", owner="monitor"),
        Metric.CUSTOMERS: _counter(
            "Paid orders by what their buyer is: new, returning, converted to member", "kind", owner="monitor"
        ),
        Metric.PASSES_SOLD: _counter("Passes sold, demonstrations left out", "pass", owner="monitor"),
        Metric.PASSES_USED: _counter("Entries of passes used, demonstrations left out", "pass", owner="monitor"),
        Metric.PASSES_UNDONE: _counter(
            "Entries of passes that were counted by mistake, demonstrations left out", "pass", owner="monitor"
        ),
        Metric.REVENUE: _counter("Money taken, in major units, demonstrations left out", "currency", owner="monitor"),
        Metric.TICKETS_AVAILABLE: _gauge("Public seats left", "city", "type", owner="monitor"),
        Metric.SMS_SENT: _counter("SMS handed to the provider", owner="notifier"),
        Metric.SMS_FAILED: _counter("SMS finally failed", owner="notifier"),
        Metric.ERRORS: _counter("Errors of the catalogue A-11", "category", "error"),
        Metric.PAYMENT_SUCCESS_RATE: _gauge("Share of the hour's payments that succeeded, 0 to 1", owner="monitor"),
        Metric.INVENTORY_NEGATIVE: _gauge("Pools with fewer seats than are held and sold", owner="monitor"),
        Metric.ERROR_RATE_5XX: _gauge("Share of 5xx among the answers of the last minute, 0 to 1"),
        Metric.UPTIME: _gauge("Seconds since the process started"),
        Metric.EVENT_HANDLING: _histogram("Seconds to handle a batch, commit included", "group"),
        Metric.EVENTS_HANDLED: _counter("Events by outcome: done, deferred, dead, seen", "group", "type", "outcome"),
        Metric.CONSUMER_LAG: _gauge("Records not read yet", "group"),
        Metric.CONSUMER_LAG_SECONDS: _gauge("Age of the newest record handled, while others wait", "group"),
        Metric.CONSUMER_PARTITIONS: _gauge("Partitions that this process reads", "group"),
        Metric.CONSUMER_UNANSWERED: _gauge("Seconds since Kafka last answered, be it with nothing", "group"),
        Metric.SUBSCRIPTION_STOPPED: _gauge("1 while only a person can start the group again", "group"),
        Metric.EVENT_RETRIES: _counter("Attempts at events that had been deferred", "group", "type"),
        Metric.EVENTS_DEFERRED: _gauge("Events that wait for another attempt"),
        Metric.DEAD_LETTERS: _counter("Records given up", "group", "topic"),
        Metric.OUTBOX_DEPTH: _gauge("Events that wait for the relay"),
        Metric.OUTBOX_AGE: _gauge("Age of the oldest event that waits for the relay"),
        Metric.OUTBOX_REFUSED: _gauge("Events aside because Kafka refused them, or one before them of their key"),
        Metric.EVENTS_RELAYED: _counter("Events that Kafka acknowledged to this process"),
        Metric.EVENTS_REFUSED: _counter("Events that this process set aside because Kafka refused them"),
        Metric.RELAY_ACTIVE: _gauge("1 in the process that relays its database's events"),
        Metric.ROWS_UNSORTED: _gauge("Rows of archive and inbox that lie in no day's partition"),
        Metric.POOL_CONNECTIONS: _gauge("Database connections by state (used, idle)", "state"),
        Metric.QUERY_DURATION: _histogram("Seconds of a named query", "query"),
        Metric.VENDOR_REQUESTS: _counter("Calls by status, timeout or unavailable", "vendor", "operation", "outcome"),
        Metric.VENDOR_DURATION: _histogram("Seconds of a call to a vendor", "vendor", "operation"),
        Metric.EMAIL_SENT: _counter("E-mails handed to the provider", owner="notifier"),
        Metric.EMAIL_FAILED: _counter("E-mails finally failed", owner="notifier"),
        Metric.SLACK_SENT: _counter("Chat messages that Slack took", owner="notifier"),
        Metric.SLACK_FAILED: _counter("Chat messages finally failed", owner="notifier"),
        Metric.PAGERDUTY_SENT: _counter("Events that PagerDuty took", owner="notifier"),
        Metric.PAGERDUTY_FAILED: _counter("Events for PagerDuty finally failed", owner="notifier"),
        Metric.INSTANCE_UP: _gauge("Whether an instance gave the monitor its figures", owner="monitor"),
        Metric.SIGNATURES_REFUSED: _counter("Callbacks with a missing or wrong signature", "vendor", "code"),
        Metric.REQUESTS_LIMITED: _counter("Requests refused because too many came from one address", "kind"),
        Metric.WEBHOOKS_IGNORED: _counter("Webhooks about nothing of ours, or without use", "vendor", "cause"),
        Metric.WEBHOOKS_MISSED: _counter("Webhooks that did not arrive, and were asked for", "vendor"),
        Metric.CONNECTION_BREAKER_OPENINGS: _counter("Breakers of providers' connections that opened", "processor"),
    }
)


Collected = Counter | Gauge | Histogram


class Metrics:
    """The metrics of one process, or those that somebody gathers: with `process`, those of the process itself, too."""

    def __init__(self, *, process: bool = False) -> None:
        self._registry = CollectorRegistry()
        self._shown: dict[Metric, Collected] = {}
        if process:
            started = time.time()
            self.measure(Metric.UPTIME, lambda: time.time() - started)
            ProcessCollector(registry=self._registry)
            self._registry.register(GC_COLLECTOR)

    def own(self, service: str) -> None:
        """Shows the service's own counters from the start, so that their first event is a step up from zero."""
        for metric, definition in CATALOGUE.items():
            if definition.owner == service and definition.kind is Kind.COUNTER and not definition.labels:
                self._collector(metric)

    def count(self, metric: Metric, by: float = 1, /, **labels: str) -> None:
        """Adds to a counter."""
        self._collector(metric, labels).inc(by)

    def set(self, metric: Metric, value: float, /, **labels: str) -> None:
        """Sets a gauge."""
        self._collector(metric, labels).set(value)

    def measure(self, metric: Metric, function: Callable[[], float], /, **labels: str) -> None:
        """Lets a gauge call the function whenever somebody looks."""
        self._collector(metric, labels).set_function(function)

    def observe(self, metric: Metric, value: float, /, **labels: str) -> None:
        """Adds a value to a histogram."""
        self._collector(metric, labels).observe(value)

    def value(self, metric: Metric, /, **labels: str) -> float:
        """The value of a counter or gauge; 0 when it was never touched. Nothing else is measured for it."""
        shown = self._shown.get(metric)
        samples = (sample for family in shown.collect() for sample in family.samples) if shown else ()
        return next((each.value for each in samples if (each.name, each.labels) == (metric.value, labels)), 0.0)

    def text(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self._registry)

    def _collector(self, metric: Metric, labels: Mapping[str, str] = MappingProxyType({})) -> Any:
        collector = self._shown.get(metric) or self._show(metric)
        return collector.labels(**labels) if labels else collector

    def _show(self, metric: Metric) -> Collected:
        definition = CATALOGUE[metric]
        name, text, labels, registry = metric.value, definition.help, definition.labels, self._registry
        shown: Collected
        if definition.kind is Kind.COUNTER:
            shown = Counter(name, text, labels, registry=registry)
        elif definition.kind is Kind.GAUGE:
            shown = Gauge(name, text, labels, registry=registry)
        else:
            shown = Histogram(name, text, labels, registry=registry, buckets=definition.buckets)
        self._shown[metric] = shown
        return shown


metrics: Final = Metrics(process=True)
