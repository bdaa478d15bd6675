"""The group that turns events of others into alerts: stock levels, and answers of people."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from chassis.audit import Actor
from chassis.database import Transaction
from eventbus import Effect, Received, Start, each
from events import (
    NotificationAnswered,
    StockEvent,
    StockExpanded,
    StockLevelChanged,
    StockLow,
    StockReleased,
    StockReset,
    StockReturned,
    StockSoldOut,
    Topic,
)
from monitor.alerts.deeds import AlertDeeds
from monitor.alerts.errors import AlertAlreadyResolved, UnknownAlert
from monitor.alerts.service import AlertService
from monitor.alerts.stock import StockAlerts


def alerts_effect(alerts: AlertService, stock: StockAlerts) -> Effect:
    """New, the group begins with what comes from now on (E-7)."""
    deeds = AlertDeeds(alerts)
    of_stock: Mapping[type[StockEvent], Callable[[Transaction, Received[Any]], Awaitable[None]]] = {
        StockLow: stock.crossed,
        StockSoldOut: stock.crossed,
        StockReleased: stock.risen,
        StockReturned: stock.risen,
        StockLevelChanged: stock.risen,
        StockExpanded: stock.risen,
        StockReset: stock.risen,
    }

    async def take_stock(tx: Transaction, batch: Sequence[Received[StockEvent]]) -> None:
        """One handler for all of them: what the log tells in order is taken in order."""
        for received in batch:
            with received.trace():
                await of_stock[type(received.event)](tx, received)

    async def take_answer(tx: Transaction, received: Received[NotificationAnswered]) -> None:
        """Somebody has taken an alert by a reply or a link. Too late, or of an alert that isn't ours: nothing to do."""
        event = received.event
        try:
            await deeds.acknowledge(tx, event.alert_id, actor=Actor(name=event.by), way=event.way)
        except (UnknownAlert, AlertAlreadyResolved):
            return

    return Effect(
        group="monitor-alerts",
        topics=(Topic.STOCK, Topic.NOTIFICATIONS),
        start=Start.NOW,
        handlers={**dict.fromkeys(of_stock, take_stock), NotificationAnswered: each(take_answer)},
        gather=timedelta(milliseconds=100),
    )
