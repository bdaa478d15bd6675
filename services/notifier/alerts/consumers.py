"""Reads the events of alerts, in a group of their own (E-7)."""

from __future__ import annotations

from eventbus import Effect, Start
from events import AlertAcknowledged, AlertRaised, AlertResolved, Topic
from notifier.alerts.service import Alerting

ALERTS_GROUP = "notifier-alerts"


def alerts_effect(alerting: Alerting) -> Effect:
    """Begins now: an alert of yesterday wakes nobody."""
    return Effect(
        group=ALERTS_GROUP,
        topics=(Topic.ALERTS_CRITICAL, Topic.ALERTS_HIGH, Topic.ALERTS_MEDIUM, Topic.ALERTS_LOW),
        start=Start.NOW,
        handlers={
            AlertRaised: alerting.raised,
            AlertAcknowledged: alerting.acknowledged,
            AlertResolved: alerting.resolved,
        },
    )
