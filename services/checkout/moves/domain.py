"""Which seats of an order go where. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from chassis.ids import derived_uuid7
from checkout.catalogue.domain import Catalogue
from checkout.moves.errors import NoSuchSeats, NotMovable
from checkout.orders.domain import Order, Reseating
from checkout.orders.states import WITH_TICKETS
from events import SeatState


class MoveAction(StrEnum):
    """What a person does to an order's seats, as the audit names it."""

    MOVED = "order_seats_moved"


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where seats are to be.

    city_id, tier: the pool
    """

    city_id: str
    tier: str


def reseating(order: Order, there: Destination, catalogue: Catalogue) -> Reseating | None:
    """What has to be moved; None when all of it is there already. Raises NotMovable or NoSuchSeats."""
    city = catalogue.cities.get(there.city_id)
    if city is None or there.tier not in city.tiers:
        raise NoSuchSeats
    seats = [seat for seat in order.seats if seat.state == SeatState.SOLD]
    pools = {(seat.city_id, seat.tier) for seat in seats}
    if order.state not in WITH_TICKETS or len(pools) != 1 or len(order.lines) != 1:
        raise NotMovable
    (pool,) = pools
    if pool == (there.city_id, there.tier):
        return None
    return Reseating(
        seats=tuple(seat.seat for seat in seats),
        from_city_id=pool[0],
        from_tier=pool[1],
        city_id=there.city_id,
        tier=there.tier,
        hold_id=_hold_id(order, there),
    )


def _hold_id(order: Order, there: Destination) -> UUID:
    """The same for the same request: whoever asks twice, or comes back after a crash, holds the seats once."""
    return derived_uuid7(order.order_id, str(order.version), there.city_id, there.tier)
