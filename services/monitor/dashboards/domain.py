"""What the operations page shows, as values. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from monitor.alerts.domain import Alert
from monitor.figures.domain import PaymentCounts, PoolState, SmsCounts, WebhookCounts
from monitor.health.domain import HealthStatus

_BUCKET: Final = "http_request_duration_seconds_bucket{"
_LABELS: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
# Probes say 503 on purpose; what has no route is nobody's.
_QUIET: Final = frozenset({"/livez", "/readyz", "/health", "/api/health", "/api/metrics", "unmatched"})
_SERVER_ERRORS: Final = "5"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRow:
    """A service as its processes say. `beat`: seconds since the last word, None when it never spoke."""

    service: str
    status: HealthStatus
    reason: str | None
    beat: float | None
    memory: int
    lag: int
    outbox_depth: int
    outbox_age: float
    database_ms: float | None
    instances: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Answers of a route since its processes began. Times in seconds: upper ends of histogram buckets."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """Everything at one moment; figures without another period are of the last hour."""

    at: datetime
    status: HealthStatus
    alerts: Sequence[Alert]
    payments: PaymentCounts
    webhooks: WebhookCounts
    texts: SmsCounts
    pools: Sequence[PoolState]
    services: Sequence[ServiceRow]
    lag: Mapping[str, int]
    endpoints: Sequence[Endpoint]
    overall: Endpoint | None
    last_sale: datetime | None


def endpoints(text: str) -> list[Endpoint]:
    """From a Prometheus text of all processes: the busiest route first; those of probes and scrapes left out."""
    counted: dict[tuple[str, str], dict[float, float]] = {}
    failed: dict[tuple[str, str], float] = {}
    for line in text.splitlines():
        if not line.startswith(_BUCKET):
            continue
        labels = dict(_LABELS.findall(line))
        key, end, value = (labels["method"], labels["route"]), float(labels["le"]), float(line.rsplit(" ", 1)[1])
        if key[1] in _QUIET:
            continue
        ends = counted.setdefault(key, {})
        ends[end] = ends.get(end, 0.0) + value
        if end == float("inf") and labels["status"].startswith(_SERVER_ERRORS):
            failed[key] = failed.get(key, 0.0) + value
    found = [_endpoint(*key, ends, failed.get(key, 0.0)) for key, ends in counted.items()]
    return sorted(found, key=lambda each: (-each.calls, each.route, each.method))


def overall(text: str) -> Endpoint | None:
    """The same over all routes; None before the first request."""
    ends: dict[float, float] = {}
    errors = 0.0
    for line in text.splitlines():
        if line.startswith(_BUCKET):
            labels = dict(_LABELS.findall(line))
            if labels["route"] in _QUIET:
                continue
            end, value = float(labels["le"]), float(line.rsplit(" ", 1)[1])
            ends[end] = ends.get(end, 0.0) + value
            if end == float("inf") and labels["status"].startswith(_SERVER_ERRORS):
                errors += value
    return _endpoint("", "", ends, errors) if ends.get(float("inf")) else None


def _endpoint(method: str, route: str, ends: Mapping[float, float], errors: float) -> Endpoint:
    p50, p95, p99 = (_quantile(ends, share) for share in (0.50, 0.95, 0.99))
    calls = int(ends.get(float("inf"), 0))
    return Endpoint(method=method, route=route, calls=calls, errors=int(errors), p50=p50, p95=p95, p99=p99)


def _quantile(ends: Mapping[float, float], share: float) -> float:
    """The end of the bucket in which this share lies; buckets are cumulative."""
    wanted = share * ends.get(float("inf"), 0.0)
    finite = sorted(end for end in ends if end != float("inf"))
    return next((end for end in finite if ends[end] >= wanted), finite[-1] if finite else 0.0)


def comb(pool: PoolState, *, most: int = 40) -> list[str]:
    """A tick a seat, scaled down to at most `most`: sold, held, free, and room beyond the public limit (look §1)."""
    room = max(0, pool.actual_limit - pool.public_limit)
    free = max(0, pool.public_limit - pool.sold - pool.held)
    parts = [("sold", min(pool.sold, pool.actual_limit)), ("held", pool.held), ("free", free), ("room", room)]
    total = sum(count for _, count in parts)
    scale = min(1.0, most / total) if total else 0.0
    return [kind for kind, count in parts for _ in range(_ticks(count, scale))]


def _ticks(count: int, scale: float) -> int:
    """What there is shows at least once."""
    return max(1, round(count * scale)) if count else 0
