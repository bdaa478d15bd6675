"""The board's figures as the API shows them, for `fullhouse status` and whoever else asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from pydantic import Field

from chassis.app import Out
from monitor.alerts.schemas import AlertOut
from monitor.dashboards.operations.domain import Operations, ServiceRow
from monitor.figures.domain import PoolState
from monitor.health.domain import HealthStatus


class PaymentsOut(Out):
    """Payments of the last hour."""

    paid: int
    failed: int = Field(description="not by the buyer's fault")
    declined: int = Field(description="by the buyer's")
    success_rate: float = Field(description="paid among paid and failed; 1 when there was neither")


class WebhooksOut(Out):
    """Webhooks of the last hour."""

    processed: int
    failed: int
    p99: int | None = Field(description="milliseconds in which 99 % were handled; null when none was")


class SmsOut(Out):
    """Text messages of the last hour."""

    sent: int
    delivered: int
    failed: int
    without_receipt: int


class StockOut(Out):
    """Seats of a tier of a city."""

    city_id: str
    tier: str
    sold: int
    held: int
    available: int
    public_limit: int


class OutboxOut(Out):
    """Events that wait for Kafka."""

    depth: int
    age: float = Field(description="seconds that the oldest has waited")


class ServiceOut(Out):
    """A service as its processes say."""

    service: str
    status: HealthStatus
    reason: str | None
    instances: int = Field(description="processes that speak")
    last_heartbeat: float | None = Field(description="seconds ago; null when it never spoke")
    memory: int = Field(description="bytes, of all its processes together")
    lag: int = Field(description="records that its consumers have not read yet")
    outbox: OutboxOut


class OperationsOut(Out):
    """Everything that the operations board shows."""

    timestamp: datetime
    status: HealthStatus
    alerts: list[AlertOut] = Field(description="open ones, the most urgent first")
    payments: PaymentsOut
    webhooks: WebhooksOut
    sms: SmsOut
    stock: list[StockOut]
    services: list[ServiceOut]
    consumer_lag: dict[str, int] = Field(description="records not read yet, by consumer group")
    last_sale: datetime | None = Field(description="the minute of the last ticket sold; null before the first")

    @classmethod
    def of(cls, now: Operations) -> Self:
        return cls(
            timestamp=now.at,
            status=now.status,
            alerts=[AlertOut.of(alert) for alert in now.alerts],
            payments=_payments(now),
            webhooks=_webhooks(now),
            sms=_sms(now),
            stock=_stock(now.pools),
            services=_services(now.services),
            consumer_lag=dict(now.lag),
            last_sale=now.last_sale,
        )


def _payments(now: Operations) -> PaymentsOut:
    paid = now.payments
    return PaymentsOut(
        paid=paid.paid, failed=paid.failed, declined=paid.declined, success_rate=round(paid.success_rate, 4)
    )


def _webhooks(now: Operations) -> WebhooksOut:
    counts = now.webhooks
    return WebhooksOut(processed=counts.done_in_all, failed=counts.failed_in_all, p99=counts.p99_ms)


def _sms(now: Operations) -> SmsOut:
    sms = now.sms
    return SmsOut(sent=sms.sent, delivered=sms.delivered, failed=sms.failed, without_receipt=sms.waiting)


def _stock(pools: Sequence[PoolState]) -> list[StockOut]:
    return [
        StockOut(
            city_id=pool.city,
            tier=pool.tier,
            sold=pool.sold,
            held=pool.held,
            available=pool.available,
            public_limit=pool.public_limit,
        )
        for pool in pools
    ]


def _services(rows: Sequence[ServiceRow]) -> list[ServiceOut]:
    return [
        ServiceOut(
            service=row.service,
            status=row.status,
            reason=row.reason,
            instances=row.instances,
            last_heartbeat=row.beat,
            memory=row.memory,
            lag=row.lag,
            outbox=OutboxOut(depth=row.outbox_depth, age=row.outbox_age),
        )
        for row in rows
    ]
