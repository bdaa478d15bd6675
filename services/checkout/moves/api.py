"""`POST /api/admin/orders/{orderId}/move`: a paid order's seats are somewhere else from now on (I-3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from chassis.app import Body, Out, PlainText, Words, conditions
from chassis.audit import Actor
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.ids import display_number
from chassis.tokens import Role
from checkout.moves.domain import Destination, MoveAction
from checkout.moves.errors import NoSeatsThere, NoSuchSeats, NotMovable, OrderChanged, SeatsNotHeld
from checkout.moves.moving import Moves
from checkout.orders.domain import Order
from checkout.orders.errors import UnknownOrder


class MoveIn(Body):
    """Where the order's seats are to be."""

    city_id: PlainText
    tier: PlainText
    reason: Words


class SeatsOut(Out):
    """Where an order's seats are."""

    city_id: str
    tier: str


class MovedOut(Out):
    """An order whose seats are where they were to be; what was paid stays."""

    success: Literal[True] = True
    order_id: UUID
    display_number: str
    seats: int = Field(description="how many seats it has there")
    before: SeatsOut
    after: SeatsOut
    version: int = Field(description="the order's version since then")


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveDeps:
    """What the route works with."""

    moves: Moves


router = APIRouter(tags=["orders"])


@router.post(
    "/api/admin/orders/{order_id}/move",
    summary="Move a paid order’s seats to another city or tier",
    responses=conditions(UnknownOrder, NotMovable, NoSuchSeats, NoSeatsThere, OrderChanged, SeatsNotHeld),
)
async def move(
    order_id: UUID,
    body: MoveIn,
    actor: Annotated[Actor, deed(MoveAction.MOVED, Role.ADMIN, target="order:{order_id}")],
    deps: Annotated[MoveDeps, provided(MoveDeps)],
) -> MovedOut:
    """All seats that were not refunded: their old tickets let nobody in any more, the buyer is sent new ones.

    A repeat changes nothing. Of a difference in price nothing is charged or given back.
    """
    there = Destination(city_id=body.city_id, tier=body.tier)
    before, after = await deps.moves.move(order_id, there, reason=body.reason, actor=actor)
    return MovedOut(
        order_id=after.order_id,
        display_number=display_number(after.number),
        seats=sum((seat.city_id, seat.tier) == (there.city_id, there.tier) for seat in after.seats),
        before=_seats(before),
        after=_seats(after),
        version=after.version,
    )


def _seats(order: Order) -> SeatsOut:
    return SeatsOut(city_id=order.line.item_id, tier=order.line.tier)
