"""How routes answer, read from the Prometheus text of all processes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

_BUCKET: Final = "http_request_duration_seconds_bucket{"
_LABELS: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
# Probes say 503 on purpose; what has no route is nobody's.
_QUIET: Final = frozenset({"/livez", "/readyz", "/health", "/api/health", "/api/metrics", "unmatched"})
_SERVER_ERRORS: Final = "5"
_ALL: Final = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Answers of a route since its processes began.

    method: of the requests; empty for all routes together
    route: as the service declares it, such as /api/orders/{order_id}
    calls: how many requests it answered
    errors: how many of them with 5xx
    p50: seconds in which half of the answers came: the upper end of a histogram's bucket, as the others
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


def endpoints(text: str) -> list[Endpoint]:
    """Each route, the busiest first; those of probes and scrapes are left out."""
    by_route: dict[tuple[str, str], list[_Sample]] = {}
    for sample in _samples(text):
        by_route.setdefault((sample.method, sample.route), []).append(sample)
    found = [_endpoint(method, route, samples) for (method, route), samples in by_route.items()]
    return sorted(found, key=lambda each: (-each.calls, each.route, each.method))


def overall(text: str) -> Endpoint | None:
    """The same over all routes; None before the first request."""
    found = _endpoint("", "", list(_samples(text)))
    return found if found.calls else None


def _samples(text: str) -> Iterator[_Sample]:
    for line in text.splitlines():
        if line.startswith(_BUCKET):
            labels = dict(_LABELS.findall(line))
            if labels["route"] not in _QUIET:
                yield _Sample(
                    labels["method"],
                    labels["route"],
                    float(labels["le"]),
                    labels["status"].startswith(_SERVER_ERRORS),
                    float(line.rsplit(" ", 1)[1]),
                )


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
    finite = sorted(end for end in ends if end != _ALL)
    return next((end for end in finite if ends[end] >= wanted), finite[-1] if finite else 0.0)
