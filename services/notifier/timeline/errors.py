"""What there is no timeline of."""

from __future__ import annotations

from chassis.errors import Condition


class UnknownAlert(Condition):
    """The notifier has never heard of the alert."""

    status = 404
    code = "unknown_alert"
    title = "There is no such alert"
    meaning = "No alert has this id."
    remedy = "Take an id from GET /api/alerts."


class UnknownOrder(Condition):
    """Nothing was ever said of the order, or there is none."""

    status = 404
    code = "unknown_order"
    title = "There is no such order"
    meaning = "Nothing was ever said of an order with this id."
    remedy = "Take an id from GET /api/orders."
