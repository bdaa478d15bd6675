"""`POST /api/admin/passes` and `/api/admin/tickets`: staff give by hand, so that no repair needs SQL (C-9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from chassis.app import Body, Out, PlainText, Words, conditions
from chassis.audit import Actor
from chassis.emails import EmailAddress
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.repeats import IdempotencyKey, IdempotencyKeyReused
from chassis.ids import display_number
from chassis.tokens import Role
from checkout.catalogue.errors import CatalogueEmpty, UnknownCity, UnknownPassKind
from checkout.grants.domain import Grant, GrantAction
from checkout.grants.errors import SessionNotPaid, SessionTaken
from checkout.grants.giving import Grants
from checkout.moves.errors import NoSeatsThere, SeatsNotHeld
from checkout.orders.domain import Order
from checkout.passes.domain import pass_id_of, pass_lines
from events import LineKind

router = APIRouter(tags=["grants"])

_REFUSALS: Final = (CatalogueEmpty, SessionNotPaid, SessionTaken, IdempotencyKeyReused)
_SESSION: Final = "the processor's id of the payment page that was paid for it; without one nothing was paid"
_MOST_SEATS: Final = 100


class PassGrantIn(Body):
    """Which pass, whose, and why."""

    email: EmailAddress
    pass_: PlainText = Field(alias="pass", description="the catalogue's id of the kind of pass")
    reason: Words
    session_id: PlainText | None = Field(None, description=_SESSION)


class TicketGrantIn(Body):
    """Which seats, whose, and why."""

    email: EmailAddress
    city_id: PlainText
    tier: PlainText
    quantity: int = Field(ge=1, le=_MOST_SEATS)
    reason: Words
    session_id: PlainText | None = Field(None, description=_SESSION)


class GrantedOut(Out):
    """The order of what was granted: paid, and confirmed to its owner as any other."""

    success: Literal[True] = True
    order_id: UUID
    display_number: str
    amount: int = Field(description="What was paid for it, in minor units of `currency`")
    currency: str
    version: int


class PassGrantedOut(GrantedOut):
    """The order of a pass that was granted."""

    pass_id: UUID


class TicketsGrantedOut(GrantedOut):
    """The order of tickets that were granted."""

    seats: list[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantDeps:
    """What these routes work with."""

    grants: Grants


Deps = Annotated[GrantDeps, provided(GrantDeps)]


@router.post("/api/admin/passes", responses=conditions(UnknownPassKind, *_REFUSALS))
async def grant_pass(
    body: PassGrantIn,
    actor: Annotated[Actor, deed(GrantAction.GAVE_PASS, Role.ADMIN)],
    deps: Deps,
    idempotency_key: IdempotencyKey = None,
) -> PassGrantedOut:
    """Gives a pass: an order with source `granted`, once for a payment or an `Idempotency-Key`."""
    grant = Grant(
        email=body.email,
        kind=LineKind.PASSES,
        item_id=body.pass_,
        reason=body.reason,
        session_id=body.session_id,
        key=idempotency_key,
    )
    order = await deps.grants.give(grant, actor=actor)
    (line,) = pass_lines(order)
    return PassGrantedOut(**_granted(order), pass_id=pass_id_of(order.order_id, line.line))


@router.post("/api/admin/tickets", responses=conditions(UnknownCity, NoSeatsThere, SeatsNotHeld, *_REFUSALS))
async def grant_tickets(
    body: TicketGrantIn,
    actor: Annotated[Actor, deed(GrantAction.GAVE_TICKETS, Role.ADMIN)],
    deps: Deps,
    idempotency_key: IdempotencyKey = None,
) -> TicketsGrantedOut:
    """Gives seats: an order with source `granted`, once for a payment or an `Idempotency-Key`."""
    grant = Grant(
        email=body.email,
        kind=LineKind.SEATS,
        item_id=body.city_id,
        tier=body.tier.lower(),
        quantity=body.quantity,
        reason=body.reason,
        session_id=body.session_id,
        key=idempotency_key,
    )
    order = await deps.grants.give(grant, actor=actor)
    return TicketsGrantedOut(**_granted(order), seats=[seat.seat for seat in order.seats])


def _granted(order: Order) -> dict[str, object]:
    return {
        "order_id": order.order_id,
        "display_number": display_number(order.number),
        "amount": order.amount,
        "currency": order.currency,
        "version": order.version,
    }
