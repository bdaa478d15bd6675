"""Sets the gauges of the bus: its groups, and its tables (M-4)."""

from __future__ import annotations

from collections.abc import Iterable

from chassis.metrics import Metric, metrics
from eventbus.operation.health import GroupHealth
from eventbus.operation.upkeep import Leftovers
from eventbus.outgoing.outbox_store import OutboxBacklog


def show_groups(groups: Iterable[GroupHealth]) -> None:
    """Sets each group's gauges: partitions, lag, seconds behind, seconds without an answer, stopped."""
    for each in groups:
        metrics.set(Metric.CONSUMER_PARTITIONS, each.partitions, group=each.group)
        metrics.set(Metric.CONSUMER_LAG, each.lag, group=each.group)
        metrics.set(Metric.CONSUMER_LAG_SECONDS, each.behind_seconds, group=each.group)
        metrics.set(Metric.CONSUMER_UNANSWERED, each.unanswered_seconds, group=each.group)
        metrics.set(Metric.SUBSCRIPTION_STOPPED, float(each.stopped is not None), group=each.group)


def show_tables(backlog: OutboxBacklog, left: Leftovers) -> None:
    """Sets the gauges of the outbox and of what waits in the tables."""
    metrics.set(Metric.OUTBOX_DEPTH, backlog.depth)
    metrics.set(Metric.OUTBOX_AGE, backlog.age_seconds)
    metrics.set(Metric.OUTBOX_REFUSED, left.refused)
    metrics.set(Metric.EVENTS_DEFERRED, left.deferred)
    metrics.set(Metric.ROWS_UNSORTED, left.unsorted)
