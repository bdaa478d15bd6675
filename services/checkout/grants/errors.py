"""Why something is not granted, each with what to do."""

from __future__ import annotations

from chassis.errors import Condition


class SessionNotPaid(Condition):
    status = 409
    code = "session_not_paid"
    title = "That payment page was not paid"
    meaning = "The processor has no such payment page, or nobody has paid on it."
    remedy = "Take the id (cs_…) from the processor’s dashboard, or grant without --session."


class SessionTaken(Condition):
    status = 409
    code = "session_taken"
    title = "That payment has its order already"
    meaning = "A payment is good for one order, and this one has another one than you ask for."
    remedy = "Look at the order: `fullhouse orders show` has it."
