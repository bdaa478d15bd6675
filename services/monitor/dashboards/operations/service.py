"""Gathers what the operations board shows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

from chassis.background import Periodic
from chassis.clock import Clock
from chassis.database import Database
from events import AlertStatus, Severity
from monitor.alerts.domain import Alert
from monitor.alerts.service import open_alerts
from monitor.dashboards.operations.domain import Operations, ServiceRow
from monitor.dashboards.operations.endpoints import counters, endpoints, overall
from monitor.dashboards.operations.recent import Recent
from monitor.figures import service as figures
from monitor.figures import store as figures_store
from monitor.figures.domain import Figure
from monitor.health.domain import SERVICES, Health, HealthStatus, Instance, Situation, assess

HOUR: Final = timedelta(hours=1)
MOST_ALERTS: Final = 50
_ORDER: Final = {severity: at for at, severity in enumerate(Severity)}
_METRICS_SECONDS: Final = 10.0
_EVERY: Final = timedelta(seconds=15)


class OperationsBoard:
    """Looks at everything at once, and at how routes answer all the time: what is recent can't be read afterwards.

    `situation`: what every process says of itself; `metrics`: their merged Prometheus text, read every 10 s at most.
    """

    def __init__(
        self,
        database: Database,
        *,
        situation: Callable[[], Awaitable[Situation]],
        metrics: Callable[[], Awaitable[bytes]],
        clock: Clock,
    ) -> None:
        self._database = database
        self._situation = situation
        self._metrics = metrics
        self._clock = clock
        self._recent = Recent()
        self._looked_at: float | None = None

    def periodic(self) -> Periodic:
        return Periodic("answers of the last minutes", _EVERY, self._look_at_answers)

    async def look(self) -> Operations:
        """Reads everything that the board shows."""
        situation = await self._situation()
        since = situation.now - HOUR
        await self._look_at_answers()
        health, answers = assess(situation), self._recent.risen()
        return Operations(
            at=situation.now,
            status=health.status,
            alerts=await self._open_alerts(),
            payments=await figures.real_payments(self._database, since=since),
            webhooks=await figures.webhooks(self._database, since=since),
            sms=await figures.sms(self._database, since=since),
            pools=await figures_store.pools(self._database),
            services=[_row(situation, health, name) for name in (*SERVICES, "monitor")],
            lag=health.consumer_lag,
            endpoints=endpoints(answers),
            overall=overall(answers),
            last_sale=await figures_store.last_minute(self._database, Figure.TICKETS_SOLD),
        )

    async def _open_alerts(self) -> list[Alert]:
        """The most urgent first, of one severity what nobody has taken, then the newest."""
        found = await open_alerts(self._database, most=MOST_ALERTS)
        return sorted(
            found,
            key=lambda alert: (
                _ORDER[alert.matter.severity],
                alert.status is AlertStatus.ACKNOWLEDGED,
                -alert.triggered_at.timestamp(),
            ),
        )

    async def _look_at_answers(self) -> None:
        now = self._clock.monotonic()
        if self._looked_at is None or now - self._looked_at > _METRICS_SECONDS:
            self._looked_at = now
            self._recent.take(now, counters((await self._metrics()).decode()))


def _row(situation: Situation, health: Health, service: str) -> ServiceRow:
    living = situation.of(service)
    entry = health.entries.get(service)
    newest = living[0] if living else None
    heard = situation.since_heard(service)
    words = [each.heartbeat for each in situation.speaking(service)]
    return ServiceRow(
        service=service,
        status=entry.status if entry else HealthStatus.HEALTHY,
        reason=entry.reason if entry else None,
        beat=heard.total_seconds() if heard is not None else None,
        memory=sum(word.memory_bytes for word in words),
        lag=sum(sum(word.consumer_lag.values()) for word in words),
        outbox_depth=max((word.outbox_depth for word in words), default=0),
        outbox_age=max((word.outbox_age_seconds for word in words), default=0.0),
        database_ms=_database_ms(newest),
        instances=len(words),
    )


def _database_ms(instance: Instance | None) -> float | None:
    found = instance.heartbeat.dependencies.get("database") if instance else None
    return found.latency_ms if found else None
