"""The figures of a period, as the API answers them, over what happened in some days."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from chassis.clock import ManualClock
from chassis.database import Database
from chassis.tokens import Role
from config import load
from events import AlertRaised, Event, OrderSource, StockReleased, StockReturned
from monitor.figures import service as figures
from monitor.monitoring.domain import Timeframe
from monitor.monitoring.stock import StockReport
from monitor.monitoring.stock_schemas import StockMonitoringOut
from tests.fixtures.postgres import MakeDatabase
from tests.integration.monitor.alert_bench import bench, crossing
from tests.integration.monitor.service import environ, person, running
from tests.integration.monitor.test_figures import received
from tests.unit.monitor.samples import order_paid, stock_sold

pytestmark = pytest.mark.asyncio

CITY = "dallas-jan-2027"
GOLDEN = Path(__file__).parents[2] / "contract/monitor/inventory.json"
NOW = datetime(2026, 11, 21, 12, 30, tzinfo=UTC)


def hours_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def sale(at: datetime, version: int, available: int, **changes: Any) -> Sequence[Event]:
    stock = stock_sold(version, available, quantity=2).model_copy(update={"occurred_at": at})
    return (order_paid(occurred_at=at, **changes), stock)


def moved(event: type[StockReleased | StockReturned], at: datetime, version: int, available: int) -> Event:
    facts = {name: value for name, value in stock_sold(version, available) if name in event.model_fields}
    told = {"cause": "hold_ended"} if event is StockReleased else {}
    return event(**{**facts, **told, "occurred_at": at})


async def happened(database: Database) -> None:
    """Ten days ago one sale, two yesterday, one this hour; a demonstration; somebody left, somebody was refunded."""
    events = (
        *sale(hours_ago(240), 1, 33),
        *sale(hours_ago(23), 2, 31),
        *sale(hours_ago(22), 3, 29),
        moved(StockReleased, hours_ago(5), 4, 29),
        moved(StockReturned, hours_ago(4), 5, 30),
        *sale(hours_ago(0.25), 6, 28),
        order_paid(occurred_at=hours_ago(1), source=OrderSource.DEMO),
        order_paid(occurred_at=hours_ago(2), currency="EUR"),
    )
    for batch in (events[:5], events[5:]):
        async with database.transaction() as tx:
            await figures.count(tx, [received(event) for event in batch])


async def looked_at(database: Database, timeframe: Timeframe = Timeframe.DAY) -> StockMonitoringOut:
    config = load("deploy/config")
    report = StockReport(database, config=lambda: config, clock=ManualClock(NOW))
    found = await report.look(timeframe)
    return StockMonitoringOut.of(found, catalogue=config.catalogue, levels=config.stock_levels, currency="USD")


@pytest.mark.proves("M-2", "I-12")
async def test_sales_count_in_their_period_and_stock_as_it_stands(make_database: MakeDatabase) -> None:
    database = await Database.connect(make_database("monitor"), application="test", pool_size=2)
    await happened(database)
    day, hour = await looked_at(database), await looked_at(database, Timeframe.HOUR)
    month = await looked_at(database, Timeframe.MONTH)
    await database.close()
    assert [each.overview.total_tickets_sold for each in (hour, day, month)] == [2, 8, 10]
    assert [each.overview.revenue for each in (hour, day, month)] == [95_840, 3 * 95_840, 4 * 95_840]
    assert [(each.currency, each.revenue) for each in day.overview.other_currencies] == [("EUR", 95_840)]
    assert (day.overview.total_cities, day.overview.total_tickets_available) == (1, 28)
    assert day.overview.last_updated == hours_ago(0.25)
    (city,) = day.cities
    assert (city.status.public_available, city.status.sold) == ({"ga": 28}, {"ga": 7})
    assert city.status.status == {"ga": "available"}
    velocity = city.velocity
    assert velocity.tickets_per_hour == velocity.by_tier["ga"].tickets_per_hour > 0
    assert velocity.hours_until_sellout == pytest.approx(28 / velocity.tickets_per_hour, abs=0.01)
    last24h, last30d = day.trends.last24h, day.trends.last30d
    assert (last24h.sold, last24h.released, last24h.returned) == (8, 1, 1)
    assert (len(last24h.series), len(day.trends.last7d.series), len(last30d.series)) == (24, 28, 30)
    assert [each.available for each in last24h.series][:3] == [31, 29, 29]
    assert (last24h.series[-1].available, last24h.series[-1].sold) == (28, 2)
    assert last30d.series[0].available == 0, "before the first word of it"
    assert (last30d.sold, sum(each.sold for each in last30d.series)) == (10, 10)


@pytest.mark.proves("M-2", "A-3")
async def test_alerts_on_stock_are_named_with_their_levels(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        low = crossing(5, 9).model_copy(update={"city_id": CITY})
        await b.counted(stock_sold(5, 9))
        await b.tell(low)
        (raised,) = await b.told()
        assert isinstance(raised, AlertRaised)
        found = await looked_at(b.database)
    assert [alert.rule for alert in found.alerts.active] == ["stock_level"]
    assert [alert.id for alert in found.cities[0].alerts] == [raised.alert_id]
    (level,) = found.alerts.recent
    assert (level.city_id, level.tier, level.available, level.level) == (CITY, "ga", 9, "LOW")
    assert found.alerts.thresholds["ga"].model_dump() == {"low": 10, "critical": 5, "sold_out": 0}
    assert found.alerts.thresholds["vip"].model_dump() == {"low": 5, "critical": 2, "sold_out": 0}


@pytest.mark.proves("M-2")
async def test_the_answer_is_the_golden_one(make_database: MakeDatabase) -> None:
    async with bench(make_database("monitor")) as b:
        await happened(b.database)
        await b.tell(crossing(7, 9).model_copy(update={"city_id": CITY}), ids=[UUID(int=7)])
        found = (await looked_at(b.database)).model_dump(mode="json", by_alias=True)
    for trend in found["trends"].values():
        trend["series"] = trend["series"][-2:]
    assert found == json.loads(GOLDEN.read_text())


@pytest.mark.proves("M-2")
async def test_viewers_may_ask_for_the_known_periods(make_database: MakeDatabase) -> None:
    async with running(environ(make_database("monitor"))) as client:
        path, viewer = "/api/monitoring/inventory", person(Role.VIEWER)
        known = [await client.get(f"{path}?timeframe={each}", headers=viewer) for each in Timeframe]
        unknown, nobody = await client.get(f"{path}?timeframe=2h", headers=viewer), await client.get(path)
    assert [(answer.status, answer.json["success"]) for answer in known] == [(200, True)] * len(Timeframe)
    assert known[0].json["data"].keys() == json.loads(GOLDEN.read_text()).keys()
    assert (nobody.status, unknown.status, unknown.json["code"]) == (401, 422, "invalid_request")
    assert all(each in unknown.text for each in Timeframe)
