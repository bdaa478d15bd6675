"""Why an appointment can't be found, booked or changed."""

from __future__ import annotations

from chassis.errors import Condition, InvalidRequest


class UnknownAppointment(Condition):
    status = 404
    code = "unknown_appointment"
    title = "There is no such appointment"
    meaning = "No appointment has this id, or it is another provider's."
    remedy = "List them at `/api/v1/appointments`."


class AppointmentTaken(Condition):
    status = 409
    code = "appointment_taken"
    title = "The customer is booked there already, at another price"
    meaning = "The customer has an appointment with this provider at this moment, at another price."
    remedy = "Cancel the appointment that `appointment_id` names, or book another time."


class AppointmentOver(Condition):
    status = 409
    code = "appointment_over"
    title = "The appointment can't become that any more"
    meaning = "An appointment that is cancelled or done stays so."
    remedy = "Book a new one."


class AppointmentAhead(Condition):
    status = 409
    code = "appointment_ahead"
    title = "The appointment has not begun"
    meaning = "An appointment is done once it has begun, and not before."
    remedy = "Say so after `starts`, or cancel it."


def no_price(currency: str) -> InvalidRequest:
    """A price that the currency doesn't have, or nothing at all."""
    return InvalidRequest(fields={"price": f"Write an amount above 0 with no more digits than {currency} has."})
