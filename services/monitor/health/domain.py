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
# The order of monitoring-api.md.
ENTRIES: Final = ("database", "stripe", "sms", "email", "inventory", "kafka", "checkout", "notifier")


class Status(StrEnum):
    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The last word of a process. `heard_at` by our own clock; `stopped`: it said that it was leaving."""

    heartbeat: ServiceHeartbeat
    heard_at: datetime
    stopped: bool = False

    @property
    def travel_ms(self) -> float:
        """From its process through Kafka to here."""
        return round(max(0.0, (self.heard_at - self.heartbeat.occurred_at).total_seconds() * 1000), 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """`latency` in milliseconds, None where nothing was measured."""

    status: Status
    latency: float | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    status: Status
    entries: Mapping[str, Entry]
    external: Mapping[str, Entry]
    consumer_lag: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known at a moment. `since`: when this process began to listen; silence before it proves nothing.

    `own` is this process's own heartbeat, straight and not through Kafka; `own_instance` its name.
    """

    now: datetime
    since: datetime
    heard: Mapping[str, Heard]
    own: ServiceHeartbeat

    def silence(self, heard: Heard | None) -> timedelta:
        return self.now - max(self.since, heard.heard_at if heard else self.since)

    def of(self, service: str) -> list[Heard]:
        """Its living processes, the one heard last first; those that said goodbye are not missed."""
        found = [heard for heard in self.heard.values() if heard.heartbeat.service == service and not heard.stopped]
        return sorted(found, key=lambda heard: heard.heard_at, reverse=True)

    def speaking(self, service: str) -> list[Heard]:
        return [heard for heard in self.of(service) if self.silence(heard) <= SILENCE]


def assess(situation: Situation) -> Health:
    found = {
        "database": _database(situation),
        "kafka": _kafka(situation),
        **{name: _service(situation, name) for name in SERVICES},
        **{name: _vendor(situation, vendor, service) for name, (vendor, service) in VENDORS.items()},
    }
    entries = {name: found[name] for name in ENTRIES}
    external = {vendor: entries[name] for name, (vendor, _) in VENDORS.items()}
    return Health(status=overall(entries.values()), entries=entries, external=external, consumer_lag=_lag(situation))


def overall(entries: Iterable[Entry]) -> Status:
    """M-3: none that isn't healthy → healthy, one or two → degraded, more → unhealthy."""
    bad = sum(entry.status is not Status.HEALTHY for entry in entries)
    if bad == 0:
        return Status.HEALTHY
    return Status.DEGRADED if bad <= DEGRADED_AT_MOST else Status.UNHEALTHY


def _database(situation: Situation) -> Entry:
    """Our own database as measured here, and every other service's as its processes say."""
    own = _dependency(situation.own.dependencies.get(DATABASE))
    if own.status is not Status.HEALTHY:
        return own
    for service in SERVICES:
        for heard in situation.speaking(service):
            theirs = _dependency(heard.heartbeat.dependencies.get(DATABASE))
            if theirs.status is not Status.HEALTHY:
                return Entry(status=theirs.status, latency=own.latency, reason=f"{service}: {theirs.reason}")
    return own


def _kafka(situation: Situation) -> Entry:
    """Our own heartbeats have gone through Kafka and come back: writing and reading both work."""
    back = situation.heard.get(situation.own.instance)
    silence = situation.silence(back)
    if silence > SILENCE:
        return Entry(status=Status.UNHEALTHY, reason=f"nothing came back for {silence.total_seconds():.0f} s")
    return Entry(status=Status.HEALTHY, latency=back.travel_ms if back else None)


def _service(situation: Situation, service: str) -> Entry:
    processes = situation.of(service)
    speaking = situation.speaking(service)
    if not speaking:
        return _silent(situation, processes)
    newest = speaking[0]
    for heard in speaking:
        if trouble := _trouble(heard.heartbeat):
            return Entry(status=Status.DEGRADED, latency=newest.travel_ms, reason=trouble)
    for heard in processes:
        if SILENCE < situation.silence(heard) <= FORGET_BESIDE_OTHERS:
            reason = f"{heard.heartbeat.instance} is silent"
            return Entry(status=Status.DEGRADED, latency=newest.travel_ms, reason=reason)
    return Entry(status=Status.HEALTHY, latency=newest.travel_ms)


def _silent(situation: Situation, processes: list[Heard]) -> Entry:
    silence = situation.silence(processes[0] if processes else None)
    if silence <= SILENCE:
        return Entry(status=Status.HEALTHY, reason="just asked for the first time")
    return Entry(status=Status.UNHEALTHY, reason=f"no heartbeat for {silence.total_seconds():.0f} s")


def _trouble(heartbeat: ServiceHeartbeat) -> str | None:
    """What makes a speaking process less than healthy; vendors have entries of their own."""
    if heartbeat.outbox_age_seconds > OUTBOX_LATE_SECONDS:
        return f"{heartbeat.outbox_depth} events wait for Kafka, the oldest for {heartbeat.outbox_age_seconds:.0f} s"
    if heartbeat.refused_events:
        return f"{heartbeat.refused_events} events that Kafka refused wait for a person"
    vendors = {vendor for vendor, _ in VENDORS.values()}
    for name, dependency in heartbeat.dependencies.items():
        if name not in vendors and dependency.status != Status.HEALTHY:
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


def _vendor(situation: Situation, vendor: str, service: str) -> Entry:
    """As the service that uses it found it in its last ping."""
    speaking = situation.speaking(service)
    if not speaking:
        known = _silent(situation, situation.of(service))
        return known if known.status is Status.HEALTHY else Entry(status=Status.DEGRADED, reason=f"{service} is silent")
    told = [found for heard in speaking if (found := heard.heartbeat.dependencies.get(vendor))]
    if not told:
        return Entry(status=Status.HEALTHY, reason=NOT_CONFIGURED)
    return _dependency(told[0])


def _dependency(found: DependencyHealth | None) -> Entry:
    if found is None:
        return Entry(status=Status.HEALTHY, reason="not checked yet")
    known = found.status in set(Status)
    return Entry(
        status=Status(found.status) if known else Status.UNHEALTHY, latency=found.latency_ms, reason=found.reason
    )


def _lag(situation: Situation) -> Mapping[str, int]:
    """Records not read yet, by group, over all processes."""
    lag: dict[str, int] = {}
    for heard in situation.heard.values():
        if not heard.stopped and situation.silence(heard) <= SILENCE:
            for group, records in heard.heartbeat.consumer_lag.items():
                lag[group] = lag.get(group, 0) + records
    return dict(sorted(lag.items()))
