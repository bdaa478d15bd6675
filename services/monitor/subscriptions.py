"""What the monitor reads of Kafka; docs/events is generated from it. Its streams read besides, without a group."""

from __future__ import annotations

from eventbus import Effect, View
from monitor.alerts.consumers import alerts_effect
from monitor.alerts.service import Alerts
from monitor.alerts.stock import StockAlerts
from monitor.figures.consumers import figures_effect
from monitor.health.board import HealthBoard


def subscriptions(alerts: Alerts, stock: StockAlerts, board: HealthBoard) -> tuple[Effect | View, ...]:
    return (figures_effect(), alerts_effect(alerts, stock), board.view())
