"""Rules, stock and figures on a real database, with a clock of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

from chassis.clock import TEST_EPOCH, ManualClock
from chassis.database import Database
from chassis.ids import uuid7
from config import Config, EvidenceKind, MeasuredRule, load
from eventbus import Outbox
from events import AlertEvent, Event, StockLevelChanged, StockLow, StockScope, StockSoldOut, parse_event
from monitor.alerts.consumers import alerts_effect
from monitor.alerts.measures.domain import Measure
from monitor.alerts.measures.table import FORMS, MEASURES
from monitor.alerts.service import AlertService
from monitor.alerts.stock import StockAlerts
from monitor.alerts.workers import Evaluator
from monitor.figures import service as figures
from monitor.health.instances import Instances
from tests.integration.monitor.test_figures import received
from tests.unit.monitor.samples import attempt_failed, heartbeat, level, order_paid

LEVELS = load("deploy/config").stock_levels


@dataclass
class Bench:
    database: Database
    clock: ManualClock = field(default_factory=ManualClock)
    config: Config = field(default_factory=lambda: load("deploy/config", figures=FORMS))

    measures: Mapping[str, Measure] = field(default_factory=lambda: MEASURES)
    evidence: Mapping[EvidenceKind, Sequence[str] | None] = field(
        default_factory=lambda: {EvidenceKind.WEBHOOKS: ("✗ endpoint: disabled",)}
    )

    def __post_init__(self) -> None:
        self.instances = Instances(clock=self.clock)

    def only(self, *names: str) -> None:
        """Takes all other rules away, as a changed file would."""
        self.ruled({name: rule for name, rule in self.config.alert_rules.rules.items() if name in names})

    def ruled(self, rules: Mapping[str, MeasuredRule]) -> None:
        """These are the rules on measured figures from now on."""
        parts = {name: getattr(self.config, name) for name in type(self.config).__slots__}
        parts["alert_rules"] = self.config.alert_rules.model_copy(update={"rules": rules})
        self.config = Config(**parts)

    @property
    def alerts(self) -> AlertService:
        outbox = Outbox(source="monitor", clock=self.clock, wake=lambda: None)
        return AlertService(outbox, config=lambda: self.config, clock=self.clock)

    @property
    def stock(self) -> StockAlerts:
        return StockAlerts(self.alerts, config=lambda: self.config)

    def evaluator(self) -> Evaluator:
        """A new one each time: what it knows must be in the database."""
        own = heartbeat("monitor", at=self.clock.now())
        self.instances.hear(own)
        return Evaluator(
            self.alerts,
            database=self.database,
            config=lambda: self.config,
            situation=lambda: self.instances.situation(own),
            clock=self.clock,
            evidence=self.evidence.get,
            measures=self.measures,
        )

    async def look(self, **later: float) -> None:
        self.clock.advance(timedelta(**later))
        await self.evaluator().look()

    async def count(self, *, paid: int = 0, failed: int = 0) -> None:
        now = self.clock.now()
        happened = [order_paid(occurred_at=now) for _ in range(paid)]
        declined = attempt_failed(buyers_fault=False).model_copy(update={"occurred_at": now})
        await self.counted(*happened, *[declined] * failed)

    async def counted(self, *events: Event) -> None:
        async with self.database.transaction() as tx:
            await figures.count(tx, [received(event) for event in events])

    async def tell(self, *events: Any, ids: Sequence[UUID] | None = None) -> None:
        handlers = alerts_effect(self.alerts, self.stock).handlers
        for event, event_id in zip(events, ids or [uuid7() for _ in events], strict=True):
            async with self.database.transaction() as tx:
                await handlers[type(event)](tx, [received(event, event_id=event_id)])

    async def told(self) -> list[AlertEvent]:
        rows = await self.database.fetch("SELECT header_names, header_values, value FROM outbox ORDER BY id")
        found = []
        for row in rows:
            headers = dict(zip(row["header_names"], row["header_values"], strict=True))
            event = parse_event(headers["ce_type"].decode(), row["value"])
            assert isinstance(event, AlertEvent)
            found.append(event)
        return found

    async def story(self) -> list[tuple[str, str]]:
        return [(event.short_type().removeprefix("alert."), event.fingerprint) for event in await self.told()]


@asynccontextmanager
async def bench(url: str) -> AsyncIterator[Bench]:
    database = await Database.connect(url, application="test", pool_size=4)
    try:
        yield Bench(database)
    finally:
        await database.close()


def crossing(version: int, threshold: int, *, tier: str = "ga") -> StockLow | StockSoldOut:
    facts: dict[str, Any] = {
        "city_id": "dallas",
        "stock_version": version,
        "remaining_inventory": {tier: threshold},
        "pools": {tier: level(threshold)},
        "occurred_at": TEST_EPOCH,
        "tier": tier,
    }
    if threshold == 0:
        return StockSoldOut(**facts)
    [step] = LEVELS.thresholds(tier, (threshold,))
    told = {"level": step.level.value, "urgent": step.urgent, "threshold": threshold}
    return StockLow(**facts, **told, scope=StockScope.TIER, available=threshold)


def opened(version: int, available: int) -> StockLevelChanged:
    return StockLevelChanged(
        city_id="dallas",
        stock_version=version,
        remaining_inventory={"ga": available},
        pools={"ga": level(available)},
        occurred_at=TEST_EPOCH,
    )
