"""The group that turns what others tell into alerts: stock levels, and answers of people. New, it begins now (E-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chassis.database import Transaction
from eventbus import Effect, Received, Start, each
from events import (
    NotificationAnswered,
    StockEvent,
    StockLevelChanged,
    StockLow,
    StockReleased,
    StockReturned,
    StockSoldOut,
    Topic,
)
from monitor.alerts.errors import AlertAlreadyResolved, UnknownAlert
from monitor.alerts.service import AlertService
from monitor.alerts.stock import StockAlerts

# Crossings, and what can raise a level again.
_STOCK = (StockLow, StockSoldOut, StockReleased, StockReturned, StockLevelChanged)


def alerts_effect(alerts: AlertService, stock: StockAlerts) -> Effect:
    async def levels(tx: Transaction, batch: Sequence[Received[StockEvent]]) -> None:
        for received in batch:
            with received.trace():
                await stock.on_event(tx, received.event, received.event_id)

    async def answered(tx: Transaction, received: Received[NotificationAnswered]) -> None:
        """Taken by a reply or a link. Too late, or of an alert that isn't ours: nothing to do."""
        event = received.event
        try:
            await alerts.acknowledge(tx, event.alert_id, by=event.by, way=event.way)
        except (UnknownAlert, AlertAlreadyResolved):
            return

    return Effect(
        group="monitor-alerts",
        topics=(Topic.STOCK, Topic.NOTIFICATIONS),
        start=Start.NOW,
        handlers={**dict.fromkeys(_STOCK, levels), NotificationAnswered: each(answered)},
        gather=timedelta(milliseconds=100),
    )
