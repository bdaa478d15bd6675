"""The stock's figures as the API shows them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Self, TypeVar
from uuid import UUID

from pydantic import Field

from chassis.app import Out
from config import Catalogue, PoolStatus, StockLevel, StockLevels, pool_status
from events import AlertStatus, Severity
from monitor.alerts.domain import Alert
from monitor.figures.domain import PoolState
from monitor.figures.velocity import CityVelocity, Velocity
from monitor.monitoring.domain import TrendPeriod
from monitor.monitoring.stock import CityStock, StockFigures, StockTrend

V = TypeVar("V")
_DIGITS = 2


class BriefAlertOut(Out):
    """An alert in a list of figures."""

    id: UUID
    rule: str
    severity: Severity
    category: str
    summary: str
    status: AlertStatus
    timestamp: datetime = Field(description="when it was raised")

    @classmethod
    def of(cls, alert: Alert) -> Self:
        matter = alert.matter
        return cls(
            id=alert.id,
            rule=matter.rule,
            severity=matter.severity,
            category=matter.category,
            summary=matter.summary,
            status=alert.status,
            timestamp=alert.triggered_at,
        )


class CurrencyRevenueOut(Out):
    """What was sold in another currency."""

    currency: str
    revenue: int = Field(description="minor units")


class StockOverviewOut(Out):
    """All cities together."""

    total_cities: int = Field(description="cities that pages list")
    total_tickets_available: int = Field(description="public seats that are left")
    total_tickets_sold: int = Field(description="tickets sold in the timeframe")
    revenue: int = Field(description="what they cost, in minor units of the installation's currency")
    other_currencies: list[CurrencyRevenueOut] = Field(description="what those of other currencies cost")
    last_updated: datetime | None = Field(description="when the stock changed last; null before the first change")


class CityStatusOut(Out):
    """A city's seats; each field has the tiers inside."""

    public_limits: dict[str, int]
    public_available: dict[str, int]
    sold: dict[str, int]
    held: dict[str, int]
    status: dict[str, PoolStatus]


class TierVelocityOut(Out):
    """How fast tickets sell, over the last 24 hours and smoothed."""

    predicted_sellout: bool = Field(description="whether it is sold out within 48 hours if it goes on like this")
    hours_until_sellout: float | None = Field(description="null when nothing sells")
    tickets_per_hour: float
    total_remaining: int = Field(description="public seats that are left")


class VelocityOut(TierVelocityOut):
    """The same for a whole city."""

    by_tier: dict[str, TierVelocityOut]


class MonitoredCityOut(Out):
    """A city that pages list."""

    city_id: str
    status: CityStatusOut
    velocity: VelocityOut
    alerts: list[BriefAlertOut] = Field(description="its newest five")


class LevelAlertOut(Out):
    """A pool, or a whole city, that fell to a level."""

    city_id: str
    tier: str = Field(description="empty for a whole city")
    available: int
    level: StockLevel | None = Field(description="by the levels as they are now; null where none is that high")
    severity: Severity
    timestamp: datetime


class TierLevelsOut(Out):
    """The most seats at which a tier is low, critical and sold out; null where it has no such level."""

    low: int | None
    critical: int | None
    sold_out: int | None


class StockAlertsOut(Out):
    """Alerts on stock."""

    active: list[BriefAlertOut]
    recent: list[LevelAlertOut] = Field(description="the newest ten")
    thresholds: dict[str, TierLevelsOut] = Field(description="by tier")


class TrendPointOut(Out):
    """A step of a trend."""

    timestamp: datetime = Field(description="the step's end")
    available: int = Field(description="public seats left then")
    sold: int = Field(description="tickets sold in the step")


class StockTrendOut(Out):
    """What became of the seats in a period."""

    sold: int
    released: int
    returned: int
    series: list[TrendPointOut]


class StockTrendsOut(Out):
    """By hours, by quarters of a day, and by days."""

    last24h: StockTrendOut = Field(alias="last24h")
    last7d: StockTrendOut = Field(alias="last7d")
    last30d: StockTrendOut = Field(alias="last30d")


class StockMonitoringOut(Out):
    """The stock of all cities that pages list."""

    overview: StockOverviewOut
    cities: list[MonitoredCityOut]
    alerts: StockAlertsOut
    trends: StockTrendsOut

    @classmethod
    def of(cls, found: StockFigures, *, catalogue: Catalogue, levels: StockLevels, currency: str) -> Self:
        return cls(
            overview=_overview(found, currency),
            cities=[_city(city, catalogue, levels, found.at) for city in found.cities],
            alerts=_alerts(found, catalogue, levels),
            trends=StockTrendsOut(
                last24h=_trend(found.trends[TrendPeriod.LAST_24H]),
                last7d=_trend(found.trends[TrendPeriod.LAST_7D]),
                last30d=_trend(found.trends[TrendPeriod.LAST_30D]),
            ),
        )


def _overview(found: StockFigures, currency: str) -> StockOverviewOut:
    pools = [pool for city in found.cities for pool in city.pools]
    others = sorted(found.revenue.keys() - {currency})
    return StockOverviewOut(
        total_cities=len(found.cities),
        total_tickets_available=sum(pool.available for pool in pools),
        total_tickets_sold=found.sold,
        revenue=found.revenue.get(currency, 0),
        other_currencies=[CurrencyRevenueOut(currency=each, revenue=found.revenue[each]) for each in others],
        last_updated=max((pool.changed_at for pool in pools), default=None),
    )


def _city(city: CityStock, catalogue: Catalogue, levels: StockLevels, now: datetime) -> MonitoredCityOut:
    return MonitoredCityOut(
        city_id=city.city_id,
        status=CityStatusOut(
            public_limits=_each(city, lambda pool: pool.public_limit),
            public_available=_each(city, lambda pool: pool.available),
            sold=_each(city, lambda pool: pool.sold),
            held=_each(city, lambda pool: pool.held),
            status=_each(city, lambda pool: _status(pool, catalogue, levels, now)),
        ),
        velocity=_velocity(city.velocity),
        alerts=[BriefAlertOut.of(alert) for alert in city.alerts],
    )


def _each(city: CityStock, value: Callable[[PoolState], V]) -> dict[str, V]:
    return {pool.tier: value(pool) for pool in city.pools}


def _status(pool: PoolState, catalogue: Catalogue, levels: StockLevels, now: datetime) -> PoolStatus:
    """A tier that is no longer in the catalogue is closed."""
    city = catalogue.cities[pool.city]
    on_sale = pool.tier in city.tiers and city.on_sale.opens <= now < city.on_sale.closes
    thresholds = levels.thresholds(pool.tier, _own(catalogue, pool.city, pool.tier))
    return pool_status(thresholds, pool.available, on_sale=on_sale)


def _own(catalogue: Catalogue, city_id: str, tier: str) -> tuple[int, ...] | None:
    city = catalogue.cities.get(city_id)
    return city.tiers[tier].thresholds if city and tier in city.tiers else None


def _velocity(city: CityVelocity) -> VelocityOut:
    tiers = {tier: TierVelocityOut(**_fields(each)) for tier, each in city.tiers.items()}
    return VelocityOut(**_fields(city.whole), by_tier=tiers)


def _fields(velocity: Velocity) -> Mapping[str, object]:
    left = velocity.hours_left
    return {
        "predicted_sellout": velocity.soon,
        "hours_until_sellout": None if left is None else round(left, _DIGITS),
        "tickets_per_hour": velocity.per_hour,
        "total_remaining": velocity.remaining,
    }


def _alerts(found: StockFigures, catalogue: Catalogue, levels: StockLevels) -> StockAlertsOut:
    tiers = {tier for city in catalogue.cities.values() if city.listed for tier in city.tiers}
    return StockAlertsOut(
        active=[BriefAlertOut.of(alert) for alert in found.active],
        recent=[_level_alert(alert, catalogue, levels) for alert in found.recent],
        thresholds={tier: _levels(tier, levels) for tier in sorted(tiers)},
    )


def _level_alert(alert: Alert, catalogue: Catalogue, levels: StockLevels) -> LevelAlertOut:
    city_id, tier = alert.matter.labels["city"], alert.matter.labels["tier"]
    threshold = int(alert.matter.limit or 0)
    level = levels.level(tier, threshold, _own(catalogue, city_id, tier)) if tier else levels.city.level
    return LevelAlertOut(
        city_id=city_id,
        tier=tier,
        available=int(alert.matter.value or 0),
        level=level,
        severity=alert.matter.severity,
        timestamp=alert.triggered_at,
    )


def _levels(tier: str, levels: StockLevels) -> TierLevelsOut:
    return TierLevelsOut(
        low=levels.highest(tier, StockLevel.LOW),
        critical=levels.highest(tier, StockLevel.CRITICAL),
        sold_out=levels.highest(tier, StockLevel.SOLD_OUT),
    )


def _trend(trend: StockTrend) -> StockTrendOut:
    return StockTrendOut(
        sold=trend.sold,
        released=trend.released,
        returned=trend.returned,
        series=[TrendPointOut(timestamp=each.at, available=each.available, sold=each.sold) for each in trend.points],
    )
