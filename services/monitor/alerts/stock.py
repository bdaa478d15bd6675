"""Raises alerts when the stock falls to a level, and ends them when it rises or falls further (A-3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chassis.database import Transaction
from chassis.errors import Dead
from config import CITY_NEARLY_SOLD_OUT, STOCK_LEVEL, AlertRules, Config, StockLevel, Weight
from eventbus import Received
from events import AlertKind, StockEvent, StockLow, StockScope, StockSoldOut
from monitor.alerts import store
from monitor.alerts.domain import Alert, Matter
from monitor.alerts.service import AlertService
from monitor.figures import store as figures

WAY: Final = "event"

Crossing = StockLow | StockSoldOut


class StockAlerts:
    """Takes stock events in any order: what is older than the newest crossing of its pool changes nothing (E-6)."""

    def __init__(self, alerts: AlertService, *, config: Callable[[], Config]) -> None:
        self._alerts = alerts
        self._config = config

    async def crossed(self, tx: Transaction, received: Received[Crossing]) -> None:
        """A level fell to a threshold: that raises its alert, and ends those of the thresholds above it."""
        event = received.event
        matter, tier = matter_of(self._config().alert_rules, event), _tier(event)
        await store.alone(tx)
        if not await store.take_crossing(tx, city=event.city_id, tier=tier, stock_version=event.stock_version):
            return
        for alert in await store.open_of_city(tx, matter.rule, event.city_id):
            if alert.matter.labels["tier"] == tier and _threshold(alert) > _step(event):
                now = _now(event.city_id, tier, _available(event))
                await self._alerts.resolve(tx, alert.id, way=WAY, reason=now, summary=now)
        if matter.kind is AlertKind.NOTICE or not await _over(tx, event, tier):
            await self._alerts.raise_(tx, matter, way=WAY, cause=received.event_id)

    async def risen(self, tx: Transaction, received: Received[StockEvent]) -> None:
        """Seats came back: that ends the alerts of the thresholds that are passed again."""
        event = received.event
        for alert in await store.open_of_city(tx, STOCK_LEVEL, event.city_id):
            tier = alert.matter.labels["tier"]
            pool = event.pools.get(tier)
            if pool is None or pool.available <= _threshold(alert):
                continue
            if event.stock_version > await store.newest_crossing(tx, city=event.city_id, tier=tier):
                now = _now(event.city_id, tier, pool.available)
                await self._alerts.resolve(tx, alert.id, way=WAY, reason=now, summary=now)


def matter_of(rules: AlertRules, event: Crossing) -> Matter:
    """What a crossing says (A-3, A-13)."""
    if isinstance(event, StockLow) and event.scope == StockScope.CITY:
        return _city_matter(rules, event)
    tier, threshold, available = _tier(event), _step(event), _available(event)
    level, weight = _level(event), _weight(rules, event)
    summary = rules.stock.summary.format(level=level, cityId=event.city_id, tier=tier.upper(), available=available)
    return Matter(
        rule=STOCK_LEVEL,
        kind=weight.kind,
        severity=weight.severity,
        category=rules.stock.category,
        labels={"city": event.city_id, "tier": tier, "threshold": str(threshold)},
        summary=summary,
        value=available,
        limit=threshold,
    )


def _city_matter(rules: AlertRules, event: StockLow) -> Matter:
    city = rules.stock.city
    return Matter(
        rule=CITY_NEARLY_SOLD_OUT,
        kind=city.kind,
        severity=city.severity,
        category=rules.stock.category,
        labels={"city": event.city_id, "tier": ""},
        summary=city.summary.format(level=event.level, cityId=event.city_id, available=event.available),
        value=event.available,
        limit=event.threshold,
    )


async def _over(tx: Transaction, event: Crossing, tier: str) -> bool:
    """Whether the figures know of a later moment in which the level is above the step again."""
    pool = await figures.pool(tx, city=event.city_id, tier=tier)
    return pool is not None and pool.stock_version > event.stock_version and pool.available > _step(event)


def _weight(rules: AlertRules, event: Crossing) -> Weight:
    """`Dead` for a level that the rules don't know: nobody may say what it means but a person."""
    level = _level(event)
    if level not in rules.stock.levels:
        raise Dead(f"{event.city_id} {event.tier} fell to the level {level}, of which alert-rules.yaml knows nothing")
    return rules.stock.levels[StockLevel(level)].weight(urgent=isinstance(event, StockLow) and event.urgent)


def _level(event: Crossing) -> str:
    return event.level if isinstance(event, StockLow) else StockLevel.SOLD_OUT.value


def _now(city: str, tier: str, available: int) -> str:
    """What has become of a pool: an alert's own summary says what it was."""
    if available == 0:
        return f"{city} {tier.upper()} is now sold out."
    return f"{city} {tier.upper()} now has {available} {'ticket' if available == 1 else 'tickets'} remaining."


def _tier(event: Crossing) -> str:
    return event.tier


def _step(event: Crossing) -> int:
    return event.threshold if isinstance(event, StockLow) else 0


def _available(event: Crossing) -> int:
    return event.available if isinstance(event, StockLow) else 0


def _threshold(alert: Alert) -> int:
    return int(alert.matter.labels.get("threshold", 0))
