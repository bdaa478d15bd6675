"""How the services are."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import Event, Part
from events.topics import Topic


class DependencyHealth(Part):
    """How something is that a service needs."""

    status: Annotated[str, Field(description="healthy, degraded or unhealthy")]
    latency_ms: float | None = None
    reason: str | None = None


class ServiceHeartbeat(Event):
    """Every few seconds from each process; lost ones don't matter, the next one counts."""

    type: ClassVar[str] = "fullhouse.service.heartbeat.v1"
    topic: ClassVar[Topic] = Topic.HEARTBEATS

    service: str
    instance: str
    version: str
    uptime_seconds: float
    memory_bytes: int
    memory_limit_bytes: int
    cpu_share: float
    event_loop_delay_ms: float
    outbox_depth: int
    outbox_age_seconds: float
    dependencies: dict[str, DependencyHealth]
    consumer_lag: dict[str, int]
    dead_letters: dict[str, int] = Field(default_factory=dict, description="letters that wait for a person, by group")
    stopped_groups: tuple[str, ...] = ()
    consumer_behind_seconds: dict[str, float] = Field(
        default_factory=dict, description="by group: since the newest event handled was written, while others wait"
    )
    consumer_unanswered_seconds: dict[str, float] = Field(
        default_factory=dict, description="by group: since Kafka last answered, be it that there is nothing"
    )
    refused_events: Annotated[int, Field(description="events that Kafka would not take; they wait for a person")] = 0
    unsorted_rows: Annotated[int, Field(description="rows of archive and inbox that lie in no day's partition")] = 0
    address: Annotated[str, Field(description="host:port where the process can be read by our own monitoring")] = ""
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return self.instance


class ServiceStopping(Event):
    """A process stops on purpose: its silence is no failure."""

    type: ClassVar[str] = "fullhouse.service.stopping.v1"
    topic: ClassVar[Topic] = Topic.HEARTBEATS

    service: str
    instance: str
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return self.instance


class ServiceErrorsCounted(Event):
    """For each 10 s in which there were any (E-11); names are A-11's."""

    type: ClassVar[str] = "fullhouse.service.errors_counted.v1"
    topic: ClassVar[Topic] = Topic.OPERATIONS

    service: str
    instance: str
    category: str
    error: str
    severity: str
    count: int
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return self.service
