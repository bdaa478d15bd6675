"""The operations page in words: what the template prints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final

from config import Catalogue, Contacts
from events import AlertStatus
from monitor.alerts.domain import Alert
from monitor.dashboards.domain import Endpoint, Operations, ServiceRow, comb
from monitor.figures.domain import PoolState, SmsCounts, WebhookCounts
from monitor.health.domain import HealthStatus
from ui import formats

MINUTES: Final = 60
MINIMUM_BAD: Final = 5
SLOW_SECONDS: Final = 5.0
NONE_YET: Final = "–"
_STATES: Final = {HealthStatus.HEALTHY: ("ok", "Healthy"), HealthStatus.DEGRADED: ("high", "Degraded")}
_DOWN: Final = ("critical", "Down")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRow:
    id: str
    severity: str
    word: str
    firing: bool
    summary: str
    where: str
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """`breach`: the severity of an open alert on it, or empty."""

    label: str
    value: str
    unit: str
    limit: str
    breach: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """In units of the picture: 10 wide a minute, 100 high in all."""

    x: int
    done: float
    failed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRow:
    city: str
    days: str
    tier: str
    ticks: Sequence[str]
    sold: int
    held: str
    left: int
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceView:
    name: str
    mark: str
    word: str
    reason: str
    beat: str
    memory: str
    lag: int


def alert_rows(alerts: Sequence[Alert], *, now: datetime, zone: str, contacts: Contacts) -> list[AlertRow]:
    """`contacts` gives people's names for their ids."""
    return [_alert_row(alert, now=now, zone=zone, contacts=contacts) for alert in alerts]


def _alert_row(alert: Alert, *, now: datetime, zone: str, contacts: Contacts) -> AlertRow:
    matter = alert.matter
    taken = alert.status is AlertStatus.ACKNOWLEDGED
    at = formats.clock_time(alert.acknowledged_at, zone) if alert.acknowledged_at else ""
    by = contacts.name_of(alert.acknowledged_by or "")
    return AlertRow(
        id=str(alert.id),
        severity=matter.severity.value,
        word=matter.severity.value.capitalize(),
        firing=not taken,
        summary=matter.summary,
        where=f"{matter.category} · {age(now - alert.triggered_at)}",
        next=f"{by}, {at}" if taken else "",
    )


def tiles(now: Operations) -> list[Tile]:
    breaches = {alert.matter.rule: alert.matter.severity.value for alert in reversed(now.alerts)}
    paid = now.payments
    success = paid.success_rate if paid.paid + paid.failed else None
    lag, age_seconds = sum(now.lag.values()), max((row.outbox_age for row in now.services), default=0.0)
    response, errors = _response(now.overall)
    return [
        response,
        errors,
        Tile(
            label="Payments, 1 h",
            **_share(success),
            limit="limit 95%" if success is not None else "no payments yet",
            breach=breaches.get("payment_success_low") or breaches.get("payment_failure_high") or "",
        ),
        Tile(
            label="Webhooks failed, 1 h",
            **_share(now.webhooks.failed_share),
            limit="limit 10%" if now.webhooks.failed_share is not None else "no webhooks yet",
            breach=_breach("critical", now.webhooks.failed_share, above=0.10, bad=sum(now.webhooks.failed.values())),
        ),
        Tile(
            label="Texts delivered, 1 h",
            **_share(now.texts.delivered_share),
            limit="limit 95%" if now.texts.delivered_share is not None else "no receipts yet",
            breach=_breach("high", now.texts.failed_share, above=0.05, bad=now.texts.failed),
        ),
        Tile(label="Consumer lag", value=f"{lag:,}", unit="events", limit=f"outbox {age_seconds:.0f} s"),
    ]


def _response(overall: Endpoint | None) -> tuple[Tile, Tile]:
    if overall is None:
        return (
            Tile(label="Response, p95", value=NONE_YET, unit="", limit="no requests yet"),
            Tile(label="Server errors", value=NONE_YET, unit="", limit="no requests yet"),
        )
    value, unit = milliseconds(overall.p95)
    slow = "high" if overall.p95 > SLOW_SECONDS else ""
    failing = _breach("critical", overall.error_share, above=0.05, bad=overall.errors)
    return (
        Tile(label="Response, p95", value=value, unit=unit, limit="limit 5 s", breach=slow),
        Tile(label="Server errors", **_share(overall.error_share), limit="limit 5%", breach=failing),
    )


def _breach(severity: str, share: float | None, *, above: float, bad: int) -> str:
    """As a rule would judge it: few bad events are no breach (M-5)."""
    return severity if share is not None and share > above and bad >= MINIMUM_BAD else ""


def _share(share: float | None) -> dict[str, str]:
    if share is None:
        return {"value": NONE_YET, "unit": ""}
    return {"value": percent(share), "unit": "%"}


def percent(share: float) -> str:
    """58.3, 100, 0.05: one decimal, two where one would say nothing happened."""
    digits = 2 if 0 < share < 0.001 else 1  # noqa: PLR2004
    return f"{share * 100:.{digits}f}".removesuffix(".0")


def milliseconds(seconds: float) -> tuple[str, str]:
    if seconds < 1:
        return f"{seconds * 1000:.0f}", "ms"
    return f"{seconds:.1f}".removesuffix(".0"), "s"


def bars(webhooks: WebhookCounts, *, now: datetime) -> tuple[list[Bar], int]:
    """A bar a minute of the last hour, and the highest count."""
    first = now.replace(second=0, microsecond=0) - timedelta(minutes=MINUTES - 1)
    minutes = [first + timedelta(minutes=at) for at in range(MINUTES)]
    top = max((webhooks.done.get(each, 0) + webhooks.failed.get(each, 0) for each in minutes), default=0)
    scale = 100 / top if top else 0.0
    found = [
        Bar(x=at * 10, done=webhooks.done.get(each, 0) * scale, failed=webhooks.failed.get(each, 0) * scale)
        for at, each in enumerate(minutes)
    ]
    return found, top


def text_rows(texts: SmsCounts) -> list[tuple[str, str, int, str]]:
    """Mark, word, count, share."""
    total = texts.delivered + texts.failed + texts.waiting
    rows = (
        ("ok", "Delivered", texts.delivered),
        ("critical" if texts.failed else "off", "Failed", texts.failed),
        ("waiting", "No receipt yet", texts.waiting),
    )
    return [(mark, word, count, f"{percent(count / total)}%" if total else NONE_YET) for mark, word, count in rows]


def seat_rows(pools: Sequence[PoolState], alerts: Sequence[Alert], catalogue: Catalogue) -> list[SeatRow]:
    """By city in the order of their dates; a city that the catalogue doesn't know comes last, under its id."""
    open_pools = {
        (alert.matter.labels.get("city"), alert.matter.labels.get("tier")): alert.matter.severity.value
        for alert in alerts
        if alert.matter.rule == "stock_level"
    }
    cities = {name: at for at, name in enumerate(_by_date(catalogue))}
    ordered = sorted(pools, key=lambda pool: (cities.get(pool.city, len(cities)), pool.city, pool.tier))
    return [
        _seat_row(pool, first=first, mark=open_pools.get((pool.city, pool.tier), ""), catalogue=catalogue)
        for _, group in groupby(ordered, key=lambda pool: pool.city)
        for first, pool in ((at == 0, pool) for at, pool in enumerate(group))
    ]


def _seat_row(pool: PoolState, *, first: bool, mark: str, catalogue: Catalogue) -> SeatRow:
    city = catalogue.cities.get(pool.city)
    return SeatRow(
        city=(city.name if city else pool.city) if first else "",
        days=formats.day_range(city.starts, city.ends, str(city.time_zone)) if city and first else "",
        tier=pool.tier.upper(),
        ticks=comb(pool),
        sold=pool.sold,
        held=str(pool.held or NONE_YET),
        left=pool.available,
        mark=mark or ("critical" if pool.available == 0 else ""),
    )


def _by_date(catalogue: Catalogue) -> Sequence[str]:
    return sorted(catalogue.cities, key=lambda name: catalogue.cities[name].starts)


def service_rows(rows: Sequence[ServiceRow]) -> list[ServiceView]:
    found = []
    for row in rows:
        mark, word = _STATES.get(row.status, _DOWN)
        found.append(
            ServiceView(
                name=row.service,
                mark=mark,
                word=word,
                reason=row.reason or "",
                beat=f"{row.beat:.0f} s" if row.beat is not None else NONE_YET,
                memory=f"{row.memory / 1_000_000:.0f} MB" if row.memory else NONE_YET,
                lag=row.lag,
            )
        )
    return found


def database_rows(rows: Sequence[ServiceRow]) -> list[tuple[str, str]]:
    pings = [(f"{row.service}, answers in", _ms(row.database_ms)) for row in rows]
    oldest = max((row.outbox_age for row in rows), default=0.0)
    waiting = sum(row.outbox_depth for row in rows)
    return [*pings, ("Outbox, oldest row", f"{oldest:.1f} s"), ("Outbox, rows", f"{waiting:,}")]


def endpoint_rows(endpoints: Sequence[Endpoint], *, most: int = 8) -> list[Mapping[str, str]]:
    return [
        {
            "route": each.route,
            "method": each.method,
            "calls": f"{each.calls:,}",
            "errors": f"{percent(each.error_share)}%",
            "p50": " ".join(milliseconds(each.p50)),
            "p95": " ".join(milliseconds(each.p95)),
            "p99": " ".join(milliseconds(each.p99)),
        }
        for each in endpoints[:most]
    ]


def most_errors(endpoints: Sequence[Endpoint]) -> list[Endpoint]:
    return sorted(endpoints, key=lambda each: (-each.error_share, -each.calls))


def age(since: timedelta) -> str:
    """`12 s`, `5 min`, `3 h`, `2 d`."""
    seconds = max(0, int(since.total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _ms(value: float | None) -> str:
    return f"{value:.1f} ms" if value is not None else NONE_YET
