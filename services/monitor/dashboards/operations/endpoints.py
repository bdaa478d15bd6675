"""How routes answer: counters of the Prometheus text of all processes, and what they rose by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from chassis.metrics import CATALOGUE, Metric

_BUCKET: Final = "http_request_duration_seconds_bucket{"
_LABELS: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_INSTANCE: Final = re.compile(r'[{,]instance="((?:[^"\\]|\\.)*)"')
# Probes say 503 on purpose; what has no route is nobody's.
_QUIET: Final = frozenset({"/livez", "/readyz", "/health", "/api/health", "/api/metrics", "unmatched"})
_SERVER_ERRORS: Final = "5"
_ALL: Final = float("inf")
# The highest duration that is told from longer ones.
LONGEST: Final = CATALOGUE[Metric.HTTP_DURATION].buckets[-1]

# Requests of a process, a route and a status that took so long at most, by the name and labels of their counter.
Counters = Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Answers of a route in a period.

    method: of the requests; empty for all routes together
    route: as the service declares it, such as /api/orders/{order_id}
    calls: how many requests it answered
    errors: how many of them with 5xx
    p50: seconds in which half of the answers came: the upper end of a histogram's bucket, infinite for the last one
    p95: seconds for 95 % of them
    p99: seconds for 99 % of them
    """

    method: str
    route: str
    calls: int
    errors: int
    p50: float
    p95: float
    p99: float

    @property
    def error_share(self) -> float:
        return self.errors / self.calls if self.calls else 0.0


@dataclass(frozen=True, slots=True)
class _Sample:
    method: str
    route: str
    end: float
    failed: bool
    count: float


def counters(text: str) -> Counters:
    """The counters of answers in a Prometheus text."""
    lines = (line.rsplit(" ", 1) for line in text.splitlines() if line.startswith(_BUCKET))
    return {series: float(value) for series, value in lines}


def instance_of(series: str) -> str:
    """The process that a counter is of."""
    found = _INSTANCE.search(series)
    return found[1] if found else ""


def risen(before: Counters, now: Counters) -> Counters:
    """What each counter rose by. One that fell is of a process that began anew: all of it is new."""
    return {
        series: value - before.get(series, 0.0) if value >= before.get(series, 0.0) else value
        for series, value in now.items()
    }


def endpoints(counted: Counters) -> list[Endpoint]:
    """Each route that had requests, the busiest first; those of probes and scrapes are left out."""
    by_route: dict[tuple[str, str], list[_Sample]] = {}
    for sample in _samples(counted):
        by_route.setdefault((sample.method, sample.route), []).append(sample)
    found = [_endpoint(method, route, samples) for (method, route), samples in by_route.items()]
    return sorted((each for each in found if each.calls), key=lambda each: (-each.calls, each.route, each.method))


def overall(counted: Counters) -> Endpoint | None:
    """The same over all routes; None without a request."""
    found = _endpoint("", "", list(_samples(counted)))
    return found if found.calls else None


def _samples(counted: Counters) -> Iterator[_Sample]:
    for series, count in counted.items():
        labels = dict(_LABELS.findall(series))
        if labels["route"] not in _QUIET:
            failed = labels["status"].startswith(_SERVER_ERRORS)
            yield _Sample(labels["method"], labels["route"], float(labels["le"]), failed, count)


def _endpoint(method: str, route: str, samples: list[_Sample]) -> Endpoint:
    ends: dict[float, float] = {}
    for sample in samples:
        ends[sample.end] = ends.get(sample.end, 0.0) + sample.count
    errors = sum(sample.count for sample in samples if sample.failed and sample.end == _ALL)
    p50, p95, p99 = (_quantile(ends, share) for share in (0.50, 0.95, 0.99))
    return Endpoint(
        method=method, route=route, calls=int(ends.get(_ALL, 0)), errors=int(errors), p50=p50, p95=p95, p99=p99
    )


def _quantile(ends: Mapping[float, float], share: float) -> float:
    """The end of the bucket in which this share lies; buckets are cumulative."""
    wanted = share * ends.get(_ALL, 0.0)
    return next((end for end in sorted(ends) if ends[end] >= wanted), 0.0)
