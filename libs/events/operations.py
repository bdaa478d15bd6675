"""Events of how the services are."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import Event, Part, PersonalText
from events.topics import Topic


class DependencyHealth(Part):
    """The health of something that a service needs."""

    status: Annotated[str, Field(description="healthy, degraded or unhealthy")]
    latency_ms: Annotated[float | None, Field(description="how long the check took")] = None
    reason: Annotated[str | None, Field(description="why it isn't healthy")] = None


class ServiceHeartbeat(Event):
    """The state of a process, told every few seconds; a lost one doesn't matter, since the next one follows."""

    type: ClassVar[str] = "fullhouse.service.heartbeat.v1"
    topic: ClassVar[Topic] = Topic.HEARTBEATS

    service: Annotated[str, Field(description="the service")]
    instance: Annotated[str, Field(description="the process, by role and slot")]
    version: Annotated[str, Field(description="the release")]
    uptime_seconds: Annotated[float, Field(description="since the process started")]
    memory_bytes: Annotated[int, Field(description="memory that the process uses")]
    memory_limit_bytes: Annotated[int, Field(description="memory that it may use")]
    cpu_share: Annotated[float, Field(description="CPU used since the heartbeat before; 1 is one core")]
    event_loop_delay_ms: Annotated[float, Field(description="the worst delay of the event loop lately")]
    outbox_depth: Annotated[int, Field(description="rows that wait in the outbox")]
    outbox_age_seconds: Annotated[float, Field(description="the age of the oldest of them")]
    dependencies: Annotated[dict[str, DependencyHealth], Field(description="what the process needs, by name")]
    consumer_lag: Annotated[dict[str, int], Field(description="records not yet read, by group")]
    dead_letters: dict[str, int] = Field(default_factory=dict, description="letters that wait for a person, by group")
    stopped_groups: Annotated[
        tuple[str, ...], Field(description="groups that stand still until a person starts them")
    ] = ()
    consumer_behind_seconds: dict[str, float] = Field(
        default_factory=dict, description="by group: since the newest handled event was written, while others wait"
    )
    consumer_unanswered_seconds: dict[str, float] = Field(
        default_factory=dict, description="by group: since Kafka last answered a fetch, also with no records"
    )
    refused_events: Annotated[int, Field(description="events that Kafka refused; they wait for a person")] = 0
    unsorted_rows: Annotated[int, Field(description="rows of archive and inbox without a partition of their day")] = 0
    late_jobs: dict[str, float] = Field(
        default_factory=dict, description="by job that should have begun and has not: seconds since it is due"
    )
    failed_jobs: Annotated[tuple[str, ...], Field(description="jobs whose last run was given up")] = ()
    secret_age_seconds: dict[str, float] = Field(
        default_factory=dict, description="by secret that the process uses: since its value was first used"
    )
    address: Annotated[str, Field(description="host:port at which the monitor scrapes the process")] = ""
    occurred_at: Annotated[AwareDatetime, Field(description="when it was measured")]

    @property
    def key(self) -> str:
        return self.instance


class ServiceStopping(Event):
    """A process stops on purpose: its silence is no failure."""

    type: ClassVar[str] = "fullhouse.service.stopping.v1"
    topic: ClassVar[Topic] = Topic.HEARTBEATS

    service: Annotated[str, Field(description="the service")]
    instance: Annotated[str, Field(description="the process, by role and slot")]
    occurred_at: Annotated[AwareDatetime, Field(description="when the stop began")]

    @property
    def key(self) -> str:
        return self.instance


class ServiceErrorsCounted(Event):
    """The errors of 10 s in which there were any (E-11); names are A-11's."""

    type: ClassVar[str] = "fullhouse.service.errors_counted.v1"
    topic: ClassVar[Topic] = Topic.OPERATIONS

    service: Annotated[str, Field(description="the service")]
    instance: Annotated[str, Field(description="the process, by role and slot")]
    category: Annotated[str, Field(description="what the error is about")]
    error: Annotated[str, Field(description="the error's name")]
    severity: Annotated[str, Field(description="critical, high, medium or low")]
    count: Annotated[int, Field(description="how many in these 10 s")]
    occurred_at: Annotated[AwareDatetime, Field(description="when they were counted")]

    @property
    def key(self) -> str:
        return self.service


class JobFinished(Event):
    """A try of a job has ended, or a person has ticked a reminder off."""

    type: ClassVar[str] = "fullhouse.job.finished.v1"
    topic: ClassVar[Topic] = Topic.OPERATIONS

    service: Annotated[str, Field(description="the service")]
    job: Annotated[str, Field(description="the job's name")]
    run: Annotated[int, Field(description="the run's number at its service")]
    outcome: Annotated[str, Field(description="done, failed, lost or interrupted")]
    error: Annotated[str, Field(description="the kind of the error that it failed with")] = ""
    attempt: Annotated[int, Field(description="1 for the first try")]
    given_up: Annotated[bool, Field(description="whether no other try follows from the failure")]
    started_by: Annotated[str, Field(description="schedule, catch_up or person")]
    due_at: Annotated[AwareDatetime, Field(description="the moment that it was for")]
    began_at: Annotated[AwareDatetime, Field(description="when it began")]
    occurred_at: Annotated[AwareDatetime, Field(description="when it ended")]

    @property
    def key(self) -> str:
        return self.service


class MaintenanceEvent(Event):
    """Purchases pause for maintenance, or go on (C-8)."""

    topic: ClassVar[Topic] = Topic.OPERATIONS

    reason: Annotated[str, Field(description="why, in the words that buyers read")]
    until: Annotated[AwareDatetime | None, Field(description="when purchases are expected to go on")] = None
    since: Annotated[AwareDatetime, Field(description="when the pause began")]
    by: Annotated[PersonalText, Field(description="the email of who did it")]
    occurred_at: Annotated[AwareDatetime, Field(description="when it was done")]

    @property
    def key(self) -> str:
        return "checkout"


class MaintenanceStarted(MaintenanceEvent):
    """Purchases pause; one more while they do says why and until when anew."""

    type: ClassVar[str] = "fullhouse.maintenance.started.v1"


class MaintenanceEnded(MaintenanceEvent):
    """Purchases go on."""

    type: ClassVar[str] = "fullhouse.maintenance.ended.v1"
