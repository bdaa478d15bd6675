"""Counts what the bus does, by the names of the metrics catalogue (chassis.metrics, M-4).

Call these functions after the commit: a batch that an outage rolls back has no outcome.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from chassis.metrics import Metric, metrics
from eventbus.incoming.records import Received
from events import Event


def handled(group: str, received: Iterable[Received[Event]], *, outcome: str) -> None:
    """Counts events by type and outcome: done, deferred, dead, or seen before."""
    for kind, count in Counter(each.event.short_type() for each in received).items():
        metrics.count(Metric.EVENTS_HANDLED, count, group=group, type=kind, outcome=outcome)


def retried(group: str, received: Received[Event]) -> None:
    """Counts an attempt at a deferred event."""
    metrics.count(Metric.EVENT_RETRIES, group=group, type=received.event.short_type())


def died(group: str, topic: str) -> None:
    """Counts a dead letter."""
    metrics.count(Metric.DEAD_LETTERS, group=group, topic=topic)


def relayed(*, sent: int, refused: int = 0) -> None:
    """Counts records that the relay sent, and those that Kafka refused."""
    metrics.count(Metric.EVENTS_RELAYED, sent)
    metrics.count(Metric.EVENTS_REFUSED, refused)


def relay_active(active: bool) -> None:
    """Notes whether this process's relay holds the lease."""
    metrics.set(Metric.RELAY_ACTIVE, float(active))
