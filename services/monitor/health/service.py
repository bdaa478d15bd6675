"""Use cases of health: the document that is answered, and what is kept for the next start."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from chassis.clock import Clock
from chassis.database import Reader, Transaction
from events import ServiceHeartbeat
from monitor.health import store
from monitor.health.domain import Health, HealthEntry, assess
from monitor.health.instances import Instances

KEEP: Final = timedelta(days=1)


async def save(tx: Transaction, instances: Instances, *, clock: Clock) -> None:
    """Keeps the instances, and forgets who has been gone for a day."""
    forget_before = clock.now() - KEEP
    instances.forget(before=forget_before)
    await store.save(tx, instances.all(), forget_before=forget_before)


async def load(reader: Reader, instances: Instances) -> None:
    instances.add(await store.instances(reader))


def look(instances: Instances, own: ServiceHeartbeat) -> Health:
    return assess(instances.situation(own))


def document(health: Health, own: ServiceHeartbeat, *, now: datetime) -> dict[str, Any]:
    """The whole answer of monitoring-api.md."""
    return {
        "status": health.status,
        "timestamp": _iso(now),
        "uptime": own.uptime_seconds,
        "version": own.version,
        "services": {name: _entry(entry) for name, entry in health.entries.items()},
        "metrics": {
            "memory": {
                "used": own.memory_bytes,
                "total": own.memory_limit_bytes,
                "usage": round(own.memory_bytes / own.memory_limit_bytes, 4),
            },
            "cpu": {"usage": own.cpu_share},
            "eventLoop": {"delay": own.event_loop_delay_ms},
            "consumerLag": dict(health.consumer_lag),
        },
        "external": {
            name: {"status": entry.status, "latency": entry.latency} for name, entry in health.external.items()
        },
    }


def public_document(health: Health, own: ServiceHeartbeat, *, now: datetime) -> dict[str, Any]:
    """What anybody may see."""
    return {
        "status": health.status,
        "timestamp": _iso(now),
        "version": own.version,
        "services": {name: {"status": entry.status} for name, entry in health.entries.items()},
    }


def _entry(entry: HealthEntry) -> Mapping[str, Any]:
    shown: dict[str, Any] = {"status": entry.status, "latency": entry.latency}
    return shown | ({"reason": entry.reason} if entry.reason else {})


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
