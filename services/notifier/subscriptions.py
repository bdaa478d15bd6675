"""What the notifier reads of Kafka; docs/events is generated from it."""

from __future__ import annotations

from eventbus import Effect, View
from notifier.alerts.consumers import alerts_effect
from notifier.alerts.service import Alerting
from notifier.messages.consumers import effects, stock_reading
from notifier.messages.service import Announcements
from notifier.messages.stock_view import StockView


def subscriptions(announcements: Announcements, alerting: Alerting, stock_view: StockView) -> tuple[Effect | View, ...]:
    return (*effects(announcements), alerts_effect(alerting), stock_reading(stock_view))
