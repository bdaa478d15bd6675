"""Why feedback is not taken."""

from __future__ import annotations

from chassis.errors import Condition
from languages import gettext_noop


class FeedbackTooEarly(Condition):
    status = 409
    code = "order_not_paid"
    title = gettext_noop("The order is not paid")
    meaning = gettext_noop("Feedback is about a purchase: the order must have been paid.")
    remedy = "Ask again once the order is paid."
