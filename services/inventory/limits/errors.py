"""What a change of limits can be refused with (I-8)."""

from __future__ import annotations

from typing import ClassVar

from chassis.errors import Condition


class InvalidAuthorization(Condition):
    status = 403
    code = "invalid_authorization"
    title = "This person may not open seats"
    meaning = "`authorizedBy` is not you, or is not of a domain that may open seats (AUTHORIZED_DOMAIN)."
    remedy = "Sign in with an address of the business's domain, and name that address as `authorizedBy`."
    suspicious: ClassVar[bool] = True


class InvalidExpansionAmount(Condition):
    status = 422
    code = "invalid_expansion_amount"
    title = "That is no number of seats to open"
    meaning = "One request opens 1 to 50 seats."
    remedy = "Ask for 1 to 50 seats; ask again for more."
    suspicious: ClassVar[bool] = True


class InvalidTicketTier(Condition):
    status = 422
    code = "invalid_ticket_tier"
    title = "The city has no such tier"
    meaning = "The city has no seats of this tier."
    remedy = "Take a tier from GET /api/inventory."
    suspicious: ClassVar[bool] = True


class SeatsTaken(Condition):
    """The limits would fall below what is sold and held."""

    status = 409
    code = "seats_taken"
    title = "Too many seats are sold or held"
    meaning = "The limits can't fall below the seats that are sold and held."
    remedy = "Take fewer seats away, or give seats back first."
