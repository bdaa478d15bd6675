"""What is refused about tickets and doors, beside a ticket that lets nobody in: that is an answer."""

from __future__ import annotations

from chassis.errors import Condition


class UnknownTicket(Condition):
    status = 404
    code = "unknown_ticket"
    title = "There is no such ticket"
    meaning = "No ticket of ours has this code, or this order number and seat."
    remedy = "Scan the code again, or compare number and seat with the buyer's confirmation."


class NotInside(Condition):
    status = 409
    code = "not_checked_in"
    title = "Nobody is in on this ticket"
    meaning = "The ticket was not used, or its check-in was undone already."
    remedy = "Look at the ticket with `fullhouse tickets show`."


class UnknownDoorCity(Condition):
    status = 404
    code = "unknown_city"
    title = "There is no such city"
    meaning = "The catalogue has no city with this id."
    remedy = "Take a city id from GET /api/inventory."
