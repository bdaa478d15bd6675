"""What `GET /api/health` answers: everything to those who may look, each part's status to anybody."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from pydantic import Field

from chassis.app import Out
from events import ServiceHeartbeat
from monitor.health.domain import Health, HealthEntry, HealthStatus


class StatusOut(Out):
    """How a part is."""

    status: HealthStatus


class ExternalOut(StatusOut):
    """How a vendor is, as the service that uses it found it in its last ping."""

    latency: float | None = Field(description="milliseconds; null where nothing was measured")


class EntryOut(ExternalOut):
    """How a service or a dependency is."""

    reason: str = Field("", description="why it is not healthy, or not judged; absent where there is none")


class MemoryOut(Out):
    """The resident set of the monitor, and the limit of its process, in bytes."""

    used: int
    total: int
    usage: float = Field(description="the share of the limit that is used")


class CpuOut(Out):
    """The monitor's share of a processor."""

    usage: float


class EventLoopOut(Out):
    """How late the monitor's event loop is."""

    delay: float = Field(description="milliseconds")


class ProcessOut(Out):
    """Figures of the monitor's own process, and the lag of every consumer."""

    memory: MemoryOut
    cpu: CpuOut
    event_loop: EventLoopOut
    consumer_lag: dict[str, int] = Field(description="records that a group has not read yet, over all its processes")


class PublicHealthOut(Out):
    """What anybody may see."""

    status: HealthStatus
    timestamp: datetime
    version: str
    services: Mapping[str, StatusOut]

    @classmethod
    def of(cls, health: Health, own: ServiceHeartbeat, *, now: datetime) -> Self:
        services = {name: StatusOut(status=entry.status) for name, entry in health.entries.items()}
        return cls(status=health.status, timestamp=now, version=own.version, services=services)


class HealthOut(Out):
    """What viewers see."""

    status: HealthStatus
    timestamp: datetime
    uptime: float = Field(description="seconds since the monitor began")
    version: str
    services: Mapping[str, EntryOut]
    metrics: ProcessOut
    external: Mapping[str, ExternalOut]

    @classmethod
    def of(cls, health: Health, own: ServiceHeartbeat, *, now: datetime) -> Self:
        return cls(
            status=health.status,
            timestamp=now,
            uptime=own.uptime_seconds,
            version=own.version,
            services={name: _entry(entry) for name, entry in health.entries.items()},
            metrics=_process(health, own),
            external={
                name: ExternalOut(status=entry.status, latency=entry.latency) for name, entry in health.external.items()
            },
        )


def _entry(entry: HealthEntry) -> EntryOut:
    reason = {"reason": entry.reason} if entry.reason else {}
    return EntryOut(status=entry.status, latency=entry.latency, **reason)


def _process(health: Health, own: ServiceHeartbeat) -> ProcessOut:
    used, total = own.memory_bytes, own.memory_limit_bytes
    return ProcessOut(
        memory=MemoryOut(used=used, total=total, usage=round(used / total, 4)),
        cpu=CpuOut(usage=own.cpu_share),
        event_loop=EventLoopOut(delay=own.event_loop_delay_ms),
        consumer_lag=dict(health.consumer_lag),
    )
