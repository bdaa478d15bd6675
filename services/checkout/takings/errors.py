"""Why an appointment can't be paid now."""

from __future__ import annotations

from chassis.errors import Condition
from languages import gettext_noop


class AppointmentNotOpen(Condition):
    """Raised with `state`."""

    status = 409
    code = "appointment_not_open"
    title = gettext_noop("The appointment can’t be paid any more")
    meaning = gettext_noop("The appointment is paid, cancelled or done.")
    remedy = "Look at `state`; one that is cancelled is booked anew."


class AppointmentUnpaid(Condition):
    status = 409
    code = "appointment_unpaid"
    title = "Nothing was paid for the appointment"
    meaning = "No money came for this appointment, or nobody has told of it yet."
    remedy = "Look at the appointment's state."


class TakingUnderWay(Condition):
    status = 409
    code = "payment_under_way"
    title = gettext_noop("The payment page is being opened")
    meaning = gettext_noop("Another request is opening the payment page of this appointment. Nothing was charged.")
    remedy = "Wait as long as Retry-After says and ask again."


class TakingFailed(Condition):
    """Raised with `decision_id`, whose steps say what each processor did."""

    status = 502
    code = "payment_page_failed"
    title = gettext_noop("The payment page did not open")
    meaning = gettext_noop("None of the ways to pay works right now. Nothing was charged. Try again in a minute.")
    remedy = "Wait as long as Retry-After says and ask again; the steps of the decision say what went wrong."


class TakingUnsure(Condition):
    """Raised with `decision_id`."""

    status = 503
    code = "payment_provider_silent"
    title = gettext_noop("The payment processor does not answer")
    meaning = gettext_noop(
        "The payment processor does not answer. Nothing was charged, and nobody else is asked until that is certain."
    )
    remedy = "Wait as long as Retry-After says and ask again."
