"""Why seats are not moved, each with what to do."""

from __future__ import annotations

from collections.abc import Mapping

from chassis.errors import Condition


class NotMovable(Condition):
    status = 409
    code = "order_not_movable"
    title = "The order’s seats can’t be moved"
    meaning = "Only an order that is paid, whose money is not disputed, and that has seats left, can be moved."
    remedy = "Look at its state: `fullhouse orders show` has it."


class NoSuchSeats(Condition):
    status = 404
    code = "unknown_seats"
    title = "There are no such seats"
    meaning = "The catalogue has no such city, or the city has no such tier."
    remedy = "Name a city and one of its tiers as `fullhouse stock show` lists them."


class NoSeatsThere(Condition):
    """Raised with what each tier of that city still has."""

    status = 409
    code = "sold_out"
    title = "Not enough seats are left there"
    meaning = "Fewer seats are offered there than the order has."
    remedy = "Take another city or tier, or open seats there first: `fullhouse stock expand … --public`."

    def __init__(self, available: Mapping[str, int]) -> None:
        super().__init__(extra={"available": dict(available)})


class SeatsNotHeld(Condition):
    status = 503
    code = "service_unavailable"
    title = "Inventory doesn’t hold the seats right now"
    meaning = "Inventory could not be asked for the seats. Nothing was moved."
    remedy = "Try again; if it goes on, see `fullhouse status`."


class OrderChanged(Condition):
    status = 409
    code = "order_changed"
    title = "The order has just changed"
    meaning = "Something happened to the order while its seats were looked for. Nothing was moved."
    remedy = "Look at the order again, then try again."
