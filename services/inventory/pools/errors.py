"""What a request for seats can be refused with."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from chassis.errors import Condition


class SoldOut(Condition):
    """Too few public seats are left; `available` says how many of each tier (X-4)."""

    status = 409
    code = "sold_out"
    title = "Not enough seats are left"
    meaning = "The pool has fewer seats left than were asked for."
    remedy = "Ask for fewer seats, another tier or another city."

    def __init__(self, available: Mapping[str, int]) -> None:
        super().__init__(extra={"available": dict(available)})


class HoldReleased(Condition):
    status = 409
    code = "hold_released"
    title = "The order was released before"
    meaning = "The seats of this order were given back, so it can't hold any again."
    remedy = "Place a new order."

    def __init__(self, order_id: UUID) -> None:
        super().__init__(extra={"orderId": str(order_id)})


class HoldDiffers(Condition):
    status = 409
    code = "hold_differs"
    title = "The order holds other seats"
    meaning = "This order id already holds seats of another pool, or another number of them."
    remedy = "Use a new order id for another choice of seats."


class DeadlinePassed(Condition):
    status = 504
    code = "deadline_passed"
    title = "The call came too late"
    meaning = "The caller's deadline had passed before the seats could be held; nothing is held."
    remedy = "Try again."


class UnknownCity(Condition):
    status = 404
    code = "unknown_city"
    title = "There is no such city"
    meaning = "The catalogue has no city with this id."
    remedy = "Take a city id from GET /api/inventory."


class UnknownTier(Condition):
    status = 404
    code = "unknown_tier"
    title = "There is no such tier"
    meaning = "The city has no seats of this tier."
    remedy = "Take a tier from GET /api/inventory."
