"""Figures of processes, from what each says of itself in its heartbeats."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Final

from monitor.alerts.domain import Reading
from monitor.alerts.measures.domain import Sources, living
from monitor.health.domain import SERVICES, SILENCE, Situation

LISTEN_FIRST: Final = timedelta(seconds=60)


async def dead_letters(sources: Sources) -> Sequence[Reading]:
    """Letters that wait, by group: each process of a service tells of the same database, so the largest counts."""
    return _by_group(
        (instance.heartbeat.service, group, count)
        for instance in sources.situation.instances.values()
        for group, count in instance.heartbeat.dead_letters.items()
    )


async def stopped_groups(sources: Sources) -> Sequence[Reading]:
    """1 for each group that stopped itself, by the newest word of each process."""
    return _by_group(
        (instance.heartbeat.service, group, 1)
        for instance in sources.situation.instances.values()
        if not instance.stopped
        for group in instance.heartbeat.stopped_groups
    )


async def refused_events(sources: Sources) -> Sequence[Reading]:
    """Events that Kafka would not take, by service: each process tells of the same table."""
    refused: dict[str, int] = {}
    for instance in sources.situation.instances.values():
        service, count = instance.heartbeat.service, instance.heartbeat.refused_events
        refused[service] = max(count, refused.get(service, 0))
    return [Reading(labels={"service": service}, value=count) for service, count in refused.items()]


async def consumer_behind(sources: Sources) -> Sequence[Reading]:
    """Seconds that a group is behind: those of its slowest process that still speaks."""
    return _by_group(
        (told.service, group, seconds)
        for told in living(sources.situation)
        for group, seconds in told.consumer_behind_seconds.items()
    )


async def secret_age(sources: Sources) -> Sequence[Reading]:
    """Seconds since a secret's value was first used, by variable: the oldest, where services have each their own."""
    ages: dict[str, float] = {}
    for told in living(sources.situation):
        for variable, seconds in told.secret_age_seconds.items():
            ages[variable] = max(seconds, ages.get(variable, 0))
    return [Reading(labels={"variable": variable}, value=seconds) for variable, seconds in ages.items()]


async def service_silence(sources: Sources) -> Sequence[Reading]:
    """Seconds since the last word of any process of a service.

    Unknown while our own words don't come back either (then it is Kafka or us), and until a service that hasn't spoken
    since we listen has been given the time that three heartbeats take.
    """
    situation = sources.situation
    own = situation.instances.get(situation.own.instance)
    deaf = situation.silence(own) > SILENCE
    return [_silence(situation, service, deaf=deaf) for service in SERVICES]


def _silence(situation: Situation, service: str, *, deaf: bool) -> Reading:
    words = [each.heard_at for each in situation.instances.values() if each.heartbeat.service == service]
    last = max(words, default=situation.since)
    seconds = (situation.now - max(last, situation.since)).total_seconds()
    unheard = last <= situation.since and seconds <= LISTEN_FIRST.total_seconds()
    return Reading(labels={"service": service}, value=None if deaf or unheard else seconds)


def _by_group(found: Iterable[tuple[str, str, float]]) -> list[Reading]:
    """The largest value of each service's group."""
    largest: dict[tuple[str, str], float] = {}
    for service, group, value in found:
        largest[service, group] = max(value, largest.get((service, group), 0))
    return [
        Reading(labels={"service": service, "group": group}, value=most) for (service, group), most in largest.items()
    ]
