"""The group that reads every topic for the figures. Heartbeats are a view of their own (room health)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chassis.database import Transaction
from eventbus import Effect, Received, Start
from events import REGISTRY, CommissionEvent, Event, PaymentConnectionChanged, StockEvent, Topic
from monitor.figures import service
from monitor.figures.counting import COUNTS


def figures_effect() -> Effect:
    """One handler takes all types, so that a batch is counted at once. New, the group begins at the log's beginning."""
    kept = (StockEvent, PaymentConnectionChanged, CommissionEvent)
    states = {model for model in REGISTRY.values() if issubclass(model, kept)}
    return Effect(
        group="monitor-figures",
        topics=tuple(topic for topic in Topic if topic is not Topic.HEARTBEATS),
        start=Start.BEGINNING,
        handlers=dict.fromkeys(states | set(COUNTS), _count),
        gather=timedelta(milliseconds=250),
    )


async def _count(tx: Transaction, batch: Sequence[Received[Event]]) -> None:
    await service.count(tx, batch)
