"""Why a run is not begun, shown or gone on with."""

from __future__ import annotations

from chassis.errors import Condition


class UnknownReconciliation(Condition):
    status = 404
    code = "unknown_reconciliation"
    title = "There is no such run"
    meaning = "No reconciliation has this id; those of the clock that found nothing are forgotten after a day."
    remedy = "Take the id from GET /api/admin/reconciliation."


class UnknownAccount(Condition):
    status = 404
    code = "unknown_account"
    title = "There is no such account"
    meaning = "No account at a processor has this name here."
    remedy = "Leave it out: all accounts are looked at."


class NotHeld(Condition):
    status = 409
    code = "reconciliation_not_held"
    title = "The run waits for nobody"
    meaning = "It is being read, repaired or done: there is nothing to agree to."
    remedy = "Look at its state."


class UnknownDifference(Condition):
    status = 404
    code = "unknown_difference"
    title = "There is no such difference"
    meaning = "Nothing with this id waits for a person: it was mended, or somebody has closed it."
    remedy = "Look at GET /api/admin/reconciliation/differences."
