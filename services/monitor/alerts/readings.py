"""What rules are judged on: figures from the database, and what every process says of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from chassis.database import Reader
from config import FigureName, MeasuredRule
from invariants import Counts, Evidence, Pool, Violation, violations
from invariants.rules import NothingIsOversold
from monitor.alerts.domain import Reading
from monitor.figures import service as figures
from monitor.figures.domain import PaymentCounts, PoolState
from monitor.health.domain import SERVICES, SILENCE, Situation
from monitor.proof import store as proof
from monitor.proof.domain import NEEDS, Look


async def read(reader: Reader, rule: MeasuredRule, *, situation: Situation | None) -> list[Reading]:
    """The rule's figure now. `situation` is None while this process doesn't know yet how anybody is."""
    if situation is None:
        return []
    if rule.over is not None:
        return [await _payments(reader, rule, now=situation.now, over=rule.over)]
    if rule.figure is FigureName.BROKEN_INVARIANTS:
        look = await proof.latest(reader)
        fresh = look if look is not None and look.fresh(situation.now) else None
        return broken_invariants(fresh, await figures.pools(reader))
    return _SAID[rule.figure](situation)


async def _payments(reader: Reader, rule: MeasuredRule, *, now: datetime, over: timedelta) -> Reading:
    # Figures are kept by the minute: the window is at least as long as the rule says.
    since = (now - over).replace(second=0, microsecond=0)
    return payment_reading(rule.figure, await figures.real_payments(reader, since=since))


def payment_reading(figure: FigureName, paid: PaymentCounts) -> Reading:
    rate = paid.success_rate if figure is FigureName.PAYMENT_SUCCESS_RATE else paid.failure_rate
    return Reading(labels={}, value=rate * 100, sample=paid.paid + paid.failed, bad=paid.failed)


def broken_invariants(look: Look | None, pools: Iterable[PoolState]) -> list[Reading]:
    """How often each rule is broken, by the last look; None where nothing can be said of it.

    That a pool is oversold the monitor hears at once, and from a look with everything else.
    """
    heard = oversold(pools)
    return [_broken(rule, look, heard if rule == NothingIsOversold.name else ()) for rule in NEEDS]


def _broken(rule: str, look: Look | None, heard: Sequence[Violation]) -> Reading:
    seen = look.broken(rule) if look else None
    broken = {each.subject: each for each in (*(seen or ()), *heard)}
    first = ", ".join(list(broken)[:_SHOWN])
    known = seen is not None or rule == NothingIsOversold.name
    count = max(len(seen or ()), len(heard))
    return Reading(labels={"invariant": rule}, value=count if known else None, words={"subjects": first or "–"})


def oversold(pools: Iterable[PoolState]) -> list[Violation]:
    """By what the monitor has been told of the stock."""
    counts = tuple(
        Pool(
            city_id=pool.city,
            tier=pool.tier,
            counts=Counts(
                public_limit=pool.public_limit,
                actual_limit=pool.actual_limit,
                held=pool.held,
                sold=pool.sold,
                # How many are from the room between the limits is not told: all of them may be.
                room_sold=pool.sold,
                oversold=pool.oversold,
            ),
        )
        for pool in pools
    )
    return violations(Evidence(pools=counts), (NothingIsOversold(),))


def dead_letters(situation: Situation) -> list[Reading]:
    """Letters that wait, by group: each process of a service tells of the same database, so the largest counts."""
    waiting = _by_group(
        (instance.heartbeat.service, group, count)
        for instance in situation.instances.values()
        for group, count in instance.heartbeat.dead_letters.items()
    )
    return [_group_reading(service, group, count) for (service, group), count in waiting.items()]


def stopped_groups(situation: Situation) -> list[Reading]:
    """1 for each group that stopped itself, by the newest word of each process."""
    stopped = _by_group(
        (instance.heartbeat.service, group, 1)
        for instance in situation.instances.values()
        if not instance.stopped
        for group in instance.heartbeat.stopped_groups
    )
    return [_group_reading(service, group, count) for (service, group), count in stopped.items()]


def refused_events(situation: Situation) -> list[Reading]:
    """Events that Kafka would not take, by service: each process tells of the same table."""
    refused: dict[str, int] = {}
    for instance in situation.instances.values():
        service, count = instance.heartbeat.service, instance.heartbeat.refused_events
        refused[service] = max(count, refused.get(service, 0))
    return [Reading(labels={"service": service}, value=count) for service, count in refused.items()]


def consumer_behind(situation: Situation) -> list[Reading]:
    """Seconds that a group is behind: those of its slowest process that still speaks."""
    behind = _by_group(
        (instance.heartbeat.service, group, seconds)
        for instance in situation.instances.values()
        if not instance.stopped and situation.silence(instance) <= SILENCE
        for group, seconds in instance.heartbeat.consumer_behind_seconds.items()
    )
    return [_group_reading(service, group, seconds) for (service, group), seconds in behind.items()]


def service_silence(situation: Situation) -> list[Reading]:
    """Seconds since the last word of any process of a service.

    Unknown while our own words don't come back either (then it is Kafka or us), and until a service that hasn't spoken
    since we listen has been given the time that three heartbeats take.
    """
    own = situation.instances.get(situation.own.instance)
    deaf = situation.silence(own) > SILENCE
    return [_silence(situation, service, deaf=deaf) for service in SERVICES]


def _silence(situation: Situation, service: str, *, deaf: bool) -> Reading:
    words = [heard.heard_at for heard in situation.instances.values() if heard.heartbeat.service == service]
    last = max(words, default=situation.since)
    seconds = (situation.now - max(last, situation.since)).total_seconds()
    unheard = last <= situation.since and seconds <= LISTEN_FIRST.total_seconds()
    return Reading(labels={"service": service}, value=None if deaf or unheard else seconds)


def _by_group(found: Iterable[tuple[str, str, float]]) -> Mapping[tuple[str, str], float]:
    largest: dict[tuple[str, str], float] = {}
    for service, group, count in found:
        largest[service, group] = max(count, largest.get((service, group), 0))
    return largest


def _group_reading(service: str, group: str, count: float) -> Reading:
    return Reading(labels={"service": service, "group": group}, value=count)


LISTEN_FIRST: Final = timedelta(seconds=60)
_SHOWN: Final = 3
_SAID: Final[Mapping[FigureName, Callable[[Situation], list[Reading]]]] = {
    FigureName.DEAD_LETTERS: dead_letters,
    FigureName.STOPPED_GROUPS: stopped_groups,
    FigureName.REFUSED_EVENTS: refused_events,
    FigureName.CONSUMER_BEHIND: consumer_behind,
    FigureName.SERVICE_SILENCE: service_silence,
}
