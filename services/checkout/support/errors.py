"""Why a call for help is not taken, or not closed."""

from __future__ import annotations

from chassis.errors import Condition


class UnknownSupportRequest(Condition):
    status = 404
    code = "unknown_support_request"
    title = "There is no such request"
    meaning = "No customer's call for help has this id; those that were closed long ago are forgotten."
    remedy = "Take the id from `fullhouse support list`."
