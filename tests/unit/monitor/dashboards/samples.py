"""An hour in which nothing happened, and what changes in it."""

from __future__ import annotations

from typing import Any

from monitor.dashboards.operations.domain import Operations
from monitor.figures.domain import PaymentCounts, SmsCounts, WebhookCounts
from monitor.health.domain import HealthStatus
from tests.unit.monitor.samples import NOW


def operations(**changes: Any) -> Operations:
    facts: dict[str, Any] = {
        "at": NOW,
        "status": HealthStatus.HEALTHY,
        "alerts": (),
        "payments": PaymentCounts(paid=0, failed=0, declined=0),
        "webhooks": WebhookCounts(done={}, failed={}, p99_ms=None),
        "sms": SmsCounts(queued=0, sent=0, delivered=0, failed=0),
        "pools": (),
        "services": (),
        "lag": {},
        "endpoints": (),
        "overall": None,
        "last_sale": None,
    }
    return Operations(**{**facts, **changes})
