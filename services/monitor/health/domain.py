"""From heartbeats to a verdict. Pure: the moment is passed in, and nothing is asked of anybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from events import DependencyHealth, ServiceHeartbeat

# Three heartbeats: one may be lost, one may be late.
SILENCE: Final = timedelta(seconds=15)
# A process that stays silent so long beside a living one of its service was replaced by it.
FORGET_BESIDE_OTHERS: Final = timedelta(seconds=60)
OUTBOX_LATE_SECONDS: Final = 30.0
# An idle consumer is answered several times a second.
UNANSWERED_SECONDS: Final = 30.0
DEGRADED_AT_MOST: Final = 2
NOT_CONFIGURED: Final = "not configured"
DATABASE: Final = "database"
# The vendor behind each entry, and the service that pings it; the entry is named for what the vendor does for us.
VENDORS: Final[Mapping[str, tuple[str, str]]] = {
    "stripe": ("stripe", "checkout"),
    "sms": ("twilio", "notifier"),
    "email": ("sendgrid", "notifier"),
}
SERVICES: Final = ("inventory", "checkout", "notifier")
# In the order in which they are shown.
ENTRIES: Final = ("database", "stripe", "sms", "email", "inventory", "kafka", "checkout", "notifier")


class HealthStatus(StrEnum):
    """How a part is, or everything together."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """A process, as it last spoke.

    heartbeat: its newest word
    heard_at: when that came, by our own clock
    stopped: whether it said that it was leaving
    """

    heartbeat: ServiceHeartbeat
    heard_at: datetime
    stopped: bool = False

    @property
    def travel_ms(self) -> float:
        """How long its word took from the process through Kafka to here."""
        return round(max(0.0, (self.heard_at - self.heartbeat.occurred_at).total_seconds() * 1000), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthEntry:
    """How a service or a dependency is.

    status: healthy, degraded or unhealthy
    latency: milliseconds; None where nothing was measured
    reason: why it is not healthy, or not judged
    """

    status: HealthStatus
    latency: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """How everything is.

    status: of all entries together
    entries: each service and dependency, by name
    external: the vendors among them, by their own names
    consumer_lag: records that a group has not read yet, over all its processes
    """

    status: HealthStatus
    entries: Mapping[str, HealthEntry]
    external: Mapping[str, HealthEntry]
    consumer_lag: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of all processes at a moment.

    now: the moment
    since: when this process began to listen; silence before it proves nothing
    instances: every process that was heard of, by name
    own: this process's own heartbeat, straight and not through Kafka
    """

    now: datetime
    since: datetime
    instances: Mapping[str, Instance]
    own: ServiceHeartbeat

    def silence(self, instance: Instance | None) -> timedelta:
        """How long a process has not spoken, as far as we have listened."""
        return self.now - max(self.since, instance.heard_at if instance else self.since)

    def since_heard(self, service: str) -> timedelta | None:
        """How long ago any process of a service spoke, one that said goodbye among them; None when none ever did."""
        heard = [each.heard_at for each in self.instances.values() if each.heartbeat.service == service]
        return self.now - max(heard) if heard else None

    def of(self, service: str) -> list[Instance]:
        """Living processes of a service, the one heard last first; those that said goodbye are not missed."""
        found = [
            instance
            for instance in self.instances.values()
            if instance.heartbeat.service == service and not instance.stopped
        ]
        return sorted(found, key=lambda instance: instance.heard_at, reverse=True)

    def speaking(self, service: str) -> list[Instance]:
        """Processes of a service that are not silent."""
        return [instance for instance in self.of(service) if self.silence(instance) <= SILENCE]


def assess(situation: Situation) -> Health:
    """The verdict on a situation (M-3)."""
    found = {
        "database": _database(situation),
        "kafka": _kafka(situation),
        **{name: _service(situation, name) for name in SERVICES},
        **{name: _vendor(situation, vendor, service) for name, (vendor, service) in VENDORS.items()},
    }
    entries = {name: found[name] for name in ENTRIES}
    external = {vendor: entries[name] for name, (vendor, _) in VENDORS.items()}
    return Health(status=overall(entries.values()), entries=entries, external=external, consumer_lag=_lag(situation))


def overall(entries: Iterable[HealthEntry]) -> HealthStatus:
    """No entry that isn't healthy makes healthy, one or two make degraded, more make unhealthy (M-3)."""
    bad = sum(entry.status is not HealthStatus.HEALTHY for entry in entries)
    if bad == 0:
        return HealthStatus.HEALTHY
    return HealthStatus.DEGRADED if bad <= DEGRADED_AT_MOST else HealthStatus.UNHEALTHY


def _database(situation: Situation) -> HealthEntry:
    """Our own database as measured here, and every other service's as its processes say."""
    own = _dependency(situation.own.dependencies.get(DATABASE))
    if own.status is not HealthStatus.HEALTHY:
        return own
    for service in SERVICES:
        for instance in situation.speaking(service):
            theirs = _dependency(instance.heartbeat.dependencies.get(DATABASE))
            if theirs.status is not HealthStatus.HEALTHY:
                return HealthEntry(status=theirs.status, latency=own.latency, reason=f"{service}: {theirs.reason}")
    return own


def _kafka(situation: Situation) -> HealthEntry:
    """Our own heartbeats have gone through Kafka and come back: writing and reading both work."""
    back = situation.instances.get(situation.own.instance)
    silence = situation.silence(back)
    if silence > SILENCE:
        return HealthEntry(
            status=HealthStatus.UNHEALTHY, reason=f"nothing came back for {silence.total_seconds():.0f} s"
        )
    return HealthEntry(status=HealthStatus.HEALTHY, latency=back.travel_ms if back else None)


def _service(situation: Situation, service: str) -> HealthEntry:
    processes = situation.of(service)
    speaking = situation.speaking(service)
    if not speaking:
        return _silent(situation, processes)
    newest = speaking[0]
    for instance in speaking:
        if trouble := _trouble(instance.heartbeat):
            return HealthEntry(status=HealthStatus.DEGRADED, latency=newest.travel_ms, reason=trouble)
    for instance in processes:
        if situation.silence(instance) > SILENCE and newest.heard_at - instance.heard_at <= FORGET_BESIDE_OTHERS:
            reason = f"{instance.heartbeat.instance} is silent"
            return HealthEntry(status=HealthStatus.DEGRADED, latency=newest.travel_ms, reason=reason)
    return HealthEntry(status=HealthStatus.HEALTHY, latency=newest.travel_ms)


def _silent(situation: Situation, processes: list[Instance]) -> HealthEntry:
    silence = situation.silence(processes[0] if processes else None)
    if silence <= SILENCE:
        return HealthEntry(status=HealthStatus.HEALTHY, reason="just asked for the first time")
    return HealthEntry(status=HealthStatus.UNHEALTHY, reason=f"no heartbeat for {silence.total_seconds():.0f} s")


def _trouble(heartbeat: ServiceHeartbeat) -> str | None:
    """What makes a speaking process less than healthy; vendors have entries of their own."""
    if heartbeat.outbox_age_seconds > OUTBOX_LATE_SECONDS:
        return f"{heartbeat.outbox_depth} events wait for Kafka, the oldest for {heartbeat.outbox_age_seconds:.0f} s"
    if heartbeat.refused_events:
        return f"{heartbeat.refused_events} events that Kafka refused wait for a person"
    vendors = {vendor for vendor, _ in VENDORS.values()}
    for name, dependency in heartbeat.dependencies.items():
        if name not in vendors and dependency.status != HealthStatus.HEALTHY:
            return f"{name}: {dependency.reason or dependency.status}"
    return _consumer_trouble(heartbeat)


def _consumer_trouble(heartbeat: ServiceHeartbeat) -> str | None:
    """What distinguishes a stuck consumer from an idle one, and rows that nobody sorted."""
    for group, seconds in heartbeat.consumer_unanswered_seconds.items():
        if seconds > UNANSWERED_SECONDS and group not in heartbeat.stopped_groups:
            return f"group {group} has had no answer of Kafka for {seconds:.0f} s"
    if heartbeat.unsorted_rows:
        return f"{heartbeat.unsorted_rows} rows of archive and inbox lie in no day's partition"
    return None


def _vendor(situation: Situation, vendor: str, service: str) -> HealthEntry:
    """As the service that uses it found it in its last ping."""
    speaking = situation.speaking(service)
    if not speaking:
        known = _silent(situation, situation.of(service))
        return (
            known
            if known.status is HealthStatus.HEALTHY
            else HealthEntry(status=HealthStatus.DEGRADED, reason=f"{service} is silent")
        )
    told = [found for instance in speaking if (found := instance.heartbeat.dependencies.get(vendor))]
    if not told:
        return HealthEntry(status=HealthStatus.HEALTHY, reason=NOT_CONFIGURED)
    return _dependency(told[0])


def _dependency(found: DependencyHealth | None) -> HealthEntry:
    if found is None:
        return HealthEntry(status=HealthStatus.HEALTHY, reason="not checked yet")
    known = found.status in set(HealthStatus)
    return HealthEntry(
        status=HealthStatus(found.status) if known else HealthStatus.UNHEALTHY,
        latency=found.latency_ms,
        reason=found.reason,
    )


def _lag(situation: Situation) -> Mapping[str, int]:
    """Records not read yet, by group, over all processes."""
    lag: dict[str, int] = {}
    for instance in situation.instances.values():
        if not instance.stopped and situation.silence(instance) <= SILENCE:
            for group, records in instance.heartbeat.consumer_lag.items():
                lag[group] = lag.get(group, 0) + records
    return dict(sorted(lag.items()))
