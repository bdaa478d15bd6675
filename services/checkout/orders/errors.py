"""Why an order is not shown."""

from __future__ import annotations

from chassis.errors import Condition


class UnknownOrder(Condition):
    status = 404
    code = "unknown_order"
    title = "There is no such order"
    meaning = "No order has this id, or it is not yours."
    remedy = "Use the link in your confirmation, or ask us with your order number."
