"""What the bus counts of itself, by the names of the one catalogue (chassis.metrics, M-4).

Events are counted once their transaction has committed: what an outage rolled back and repeats was no outcome.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from chassis.metrics import Metric, metrics
from eventbus.incoming.records import Received
from events import Event


def handled(group: str, received: Iterable[Received[Event]], *, outcome: str) -> None:
    """`outcome`: done, deferred, dead, or seen before."""
    for kind, count in Counter(each.event.short_type() for each in received).items():
        metrics.count(Metric.EVENTS_HANDLED, count, group=group, type=kind, outcome=outcome)


def retried(group: str, received: Received[Event]) -> None:
    metrics.count(Metric.EVENT_RETRIES, group=group, type=received.event.short_type())


def died(group: str, topic: str) -> None:
    metrics.count(Metric.DEAD_LETTERS, group=group, topic=topic)


def relayed(*, sent: int, refused: int = 0) -> None:
    metrics.count(Metric.EVENTS_RELAYED, sent)
    metrics.count(Metric.EVENTS_REFUSED, refused)


def relay_active(active: bool) -> None:
    metrics.set(Metric.RELAY_ACTIVE, float(active))
