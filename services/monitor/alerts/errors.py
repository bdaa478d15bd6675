"""What the alerts' API answers when it refuses."""

from __future__ import annotations

from chassis.errors import Condition


class UnknownAlert(Condition):
    """No alert has the id that was asked for."""

    status = 404
    code = "unknown_alert"
    title = "There is no such alert"
    meaning = "No alert has this id."
    remedy = "Take the id from GET /api/alerts."


class AlertAlreadyResolved(Condition):
    """Somebody wants to take an alert that is over."""

    status = 409
    code = "alert_resolved"
    title = "The alert is over"
    meaning = "The alert was resolved before it was acknowledged."
    remedy = "Nothing is left to do; a new one is raised when it happens again."
