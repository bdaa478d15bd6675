"""What a correction can be refused with (I-7)."""

from __future__ import annotations

from chassis.errors import Condition


class ContradictsTickets(Condition):
    status = 409
    code = "correction_contradicts_tickets"
    title = "Another number of tickets is issued"
    meaning = "A pool has sold exactly the seats that tickets were issued for."
    remedy = "Leave `sold` out: then the pool gets the number of its tickets."


class NoRoom(Condition):
    status = 409
    code = "correction_without_room"
    title = "The limits have no room for what is sold and held"
    meaning = "More seats are sold and held than the limits allow, so the pool can't say so."
    remedy = "Open more seats first (POST /api/admin/inventory/expand), then correct."
