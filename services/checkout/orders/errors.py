"""Why an order is not shown."""

from __future__ import annotations

from chassis.errors import Condition
from languages import gettext_noop


class UnknownOrder(Condition):
    status = 404
    code = "unknown_order"
    title = gettext_noop("There is no such order")
    meaning = gettext_noop("No order has this id, or it is not yours.")
    remedy = "Use the link in your confirmation, or ask us with your order number."
