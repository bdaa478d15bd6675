"""What the monitor reads of Kafka; docs/events is generated from it. Its streams read besides, without a group."""

from __future__ import annotations

from eventbus import Effect, View
from monitor.alerts.consumers import alerts_effect
from monitor.alerts.service import AlertService
from monitor.alerts.stock import StockAlerts
from monitor.figures.consumers import figures_effect
from monitor.health.consumers import heartbeats_view
from monitor.health.instances import Instances


def subscriptions(alerts: AlertService, stock: StockAlerts, instances: Instances) -> tuple[Effect | View, ...]:
    """Two groups, and a view that every process has for itself."""
    return (figures_effect(), alerts_effect(alerts, stock), heartbeats_view(instances))
