"""Timelines that nobody here knows of."""

from __future__ import annotations

from chassis.errors import Condition


class UnknownAlert(Condition):
    """The notifier has never heard of the alert."""

    status = 404
    code = "unknown_alert"
    title = "There is no such alert"
    meaning = "No alert has this id."
    remedy = "Take an id from GET /api/alerts."
