"""Gathers what is known of the stock: seats, how fast they sell, alerts and trends."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from chassis.clock import Clock
from chassis.database import Database, Reader
from config import CITY_NEARLY_SOLD_OUT, STOCK_LEVEL, Config
from monitor.alerts import store as alerts_store
from monitor.alerts.domain import Alert
from monitor.alerts.service import open_alerts
from monitor.figures import service as figures
from monitor.figures import store as figures_store
from monitor.figures.domain import Figure, PoolState
from monitor.figures.velocity import CityVelocity
from monitor.monitoring.domain import Timeframe, TrendPeriod

MOST_ACTIVE: Final = 500
MOST_RECENT: Final = 10
MOST_OF_A_CITY: Final = 5
CATEGORY: Final = "inventory"
_MOVED: Final = (Figure.TICKETS_SOLD, Figure.STOCK_RELEASED, Figure.STOCK_RETURNED)

Hourly = Sequence[tuple[datetime, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CityStock:
    """A city that pages list.

    city_id: its id
    pools: its tiers
    velocity: how fast it sells
    alerts: its newest
    """

    city_id: str
    pools: Sequence[PoolState]
    velocity: CityVelocity
    alerts: Sequence[Alert]


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A step of a trend.

    at: its end
    available: public seats left then
    sold: tickets sold in the step
    """

    at: datetime
    available: int
    sold: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StockTrend:
    """What became of the seats in a period.

    sold: tickets
    released: held seats that were given back
    returned: sold seats that were given back
    points: step by step
    """

    sold: int
    released: int
    returned: int
    points: Sequence[Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class StockFigures:
    """The stock of all cities that pages list.

    at: the moment
    cities: each of them
    sold: tickets sold in the period that was asked for
    revenue: what they cost in minor units, by currency
    active: open alerts on stock
    recent: the newest alerts on levels of stock
    trends: what became of the seats in each period
    """

    at: datetime
    cities: Sequence[CityStock]
    sold: int
    revenue: Mapping[str, int]
    active: Sequence[Alert]
    recent: Sequence[Alert]
    trends: Mapping[TrendPeriod, StockTrend]


class StockReport:
    """Reads all of it. `config`: what is in force."""

    def __init__(self, database: Database, *, config: Callable[[], Config], clock: Clock) -> None:
        self._database = database
        self._config = config
        self._clock = clock

    async def look(self, timeframe: Timeframe) -> StockFigures:
        """`timeframe`: the period of what doesn't name its own."""
        reader, now = self._database, self._clock.now()
        listed = [city_id for city_id, city in self._config().catalogue.cities.items() if city.listed]
        sales = await figures.sales(reader, listed, since=now - timeframe.length)
        found = alerts_store.AlertFilter(rules=(STOCK_LEVEL, CITY_NEARLY_SOLD_OUT))
        active = await open_alerts(reader, most=MOST_ACTIVE)
        return StockFigures(
            at=now,
            cities=await _cities(reader, listed, now),
            sold=sum(each.count for each in sales.values()),
            revenue={currency: each.total for currency, each in sales.items()},
            active=[alert for alert in active if alert.matter.category == CATEGORY],
            recent=await alerts_store.find(reader, found, limit=MOST_RECENT),
            trends=await _trends(reader, listed, now),
        )


async def _cities(reader: Reader, listed: Sequence[str], now: datetime) -> list[CityStock]:
    velocities = await figures.velocities(reader, now=now)
    alerts = await alerts_store.newest_of_cities(reader, listed, most=MOST_OF_A_CITY)
    pools = {city: list(each) for city, each in groupby(await figures_store.pools(reader), key=lambda pool: pool.city)}
    return [
        CityStock(city_id=city, pools=pools[city], velocity=velocities[city], alerts=alerts.get(city, ()))
        for city in listed
        if city in pools
    ]


async def _trends(reader: Reader, listed: Sequence[str], now: datetime) -> dict[TrendPeriod, StockTrend]:
    """From one reading for all periods."""
    moments = {period: period.moments(now) for period in TrendPeriod}
    since = min(each[0] - period.step for period, each in moments.items())
    counted = {figure: await _hourly(reader, figure, listed, since=since) for figure in _MOVED}
    available = await figures_store.available_at(
        reader, listed, sorted({at for each in moments.values() for at in each})
    )
    return {period: _trend(period, each, counted, available) for period, each in moments.items()}


async def _hourly(reader: Reader, figure: Figure, listed: Sequence[str], *, since: datetime) -> Hourly:
    rows = await figures_store.by_hour(reader, figure, since=since)
    return [(hour, sums.count) for hour, city, _, sums in rows if city in listed]


def _trend(
    period: TrendPeriod,
    moments: Sequence[datetime],
    counted: Mapping[Figure, Hourly],
    available: Mapping[datetime, int],
) -> StockTrend:
    sold, released, returned = (counted[figure] for figure in _MOVED)
    whole = (moments[0] - period.step, moments[-1])
    return StockTrend(
        sold=_between(sold, *whole),
        released=_between(released, *whole),
        returned=_between(returned, *whole),
        points=[
            Point(at=at, available=available.get(at, 0), sold=_between(sold, at - period.step, at)) for at in moments
        ],
    )


def _between(hourly: Hourly, begin: datetime, end: datetime) -> int:
    return sum(count for hour, count in hourly if begin <= hour < end)
