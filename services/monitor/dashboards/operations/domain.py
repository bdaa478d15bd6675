"""What the operations board shows, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from monitor.alerts.domain import Alert
from monitor.dashboards.operations.endpoints import Endpoint
from monitor.figures.domain import PaymentCounts, PoolState, SmsCounts, WebhookCounts
from monitor.health.domain import HealthStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRow:
    """A service as its processes say.

    service: its name
    status: how it is
    reason: why it is not healthy
    beat: seconds since its last heartbeat; None when it never spoke
    memory: bytes, of all its processes together
    lag: records that its consumers have not read yet
    outbox_depth: events that wait for Kafka
    outbox_age: seconds that the oldest of them has waited
    database_ms: how long its database took to answer; None when nobody measured it
    instances: how many of its processes speak
    """

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
class Operations:
    """Everything that the board shows, at one moment; figures without another period are of the last hour.

    at: the moment
    status: how everything is
    alerts: what is open, the most urgent first
    payments: how many were paid, failed and declined
    webhooks: handled and failed, by minute
    sms: handed over, and what became of them
    pools: every tier of every city
    services: each service, as its processes say
    lag: records not read yet, by consumer group
    endpoints: answers of each route in the last five minutes, the busiest first
    overall: the same over all routes; None without a request
    last_sale: the minute of the last ticket sold; None before the first
    """

    at: datetime
    status: HealthStatus
    alerts: Sequence[Alert]
    payments: PaymentCounts
    webhooks: WebhookCounts
    sms: SmsCounts
    pools: Sequence[PoolState]
    services: Sequence[ServiceRow]
    lag: Mapping[str, int]
    endpoints: Sequence[Endpoint]
    overall: Endpoint | None
    last_sale: datetime | None
