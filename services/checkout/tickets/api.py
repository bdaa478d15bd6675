"""`POST /api/admin/orders/{orderId}/tickets/void` and `send`: new codes, or the same ones again (I-11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from chassis.app import Body, Out, Words, conditions
from chassis.audit import Actor
from chassis.database import Database
from chassis.emails import EmailAddress
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.once import once
from chassis.http.repeats import IdempotencyKey, IdempotencyKeyReused
from chassis.ids import display_number
from chassis.tokens import Role
from checkout.orders.errors import UnknownOrder
from checkout.orders.holders import Person
from checkout.orders.names import PersonName
from checkout.tickets.domain import TicketAction
from checkout.tickets.errors import NoMoreCodes, NoSuchTicket, NotVoidable, TicketUsed, WorkshopOver
from checkout.tickets.service import Tickets
from checkout.tickets.transferring import Transfers
from checkout.tickets.transfers import Transfer


class VoidIn(Body):
    """Which tickets, and why."""

    seats: list[Annotated[int, Field(ge=1, le=65_535)]] = Field(
        default=[], max_length=500, description="numbers of their seats; without any all tickets of the order"
    )
    reason: Words


class VoidedOut(Out):
    """An order with new tickets in place of those that are void."""

    success: Literal[True] = True
    order_id: UUID
    display_number: str
    seats: list[int] = Field(description="whose tickets were made anew")
    version: int = Field(description="the order's version since then")


class SendIn(Body):
    """Why they are to be sent again."""

    reason: Words


class SendingOut(Out):
    """An order whose tickets are on their way to the buyer once more."""

    success: Literal[True] = True
    order_id: UUID
    display_number: str
    version: int = Field(description="the order's version since then")


class TransferIn(Body):
    """Which tickets go to whom, and why."""

    seats: list[Annotated[int, Field(ge=1, le=65_535)]] = Field(
        min_length=1, max_length=500, description="numbers of their seats"
    )
    first_name: PersonName
    last_name: PersonName
    email: EmailAddress = Field(description="the tickets are sent there, and whoever had them is told")
    reason: Words

    def transfer(self) -> Transfer:
        person = Person(first_name=self.first_name, last_name=self.last_name, email=self.email)
        return Transfer(seats=tuple(sorted(set(self.seats))), person=person)


class TransferredOut(Out):
    """An order of which tickets are somebody else's."""

    success: Literal[True] = True
    order_id: UUID
    display_number: str
    seats: list[int] = Field(description="whose tickets were given")
    email: str = Field(description="where they go")
    version: int = Field(description="the order's version since then")


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketDeps:
    """What the route works with."""

    database: Database
    tickets: Tickets
    transfers: Transfers


router = APIRouter(tags=["orders"])


@router.post(
    "/api/admin/orders/{order_id}/tickets/void",
    summary="Make tickets void, and send the buyer new ones",
    responses=conditions(UnknownOrder, NotVoidable, NoSuchTicket, NoMoreCodes),
)
async def void(
    order_id: UUID,
    body: VoidIn,
    actor: Annotated[Actor, deed(TicketAction.VOIDED, Role.ADMIN, target="order:{order_id}")],
    deps: Annotated[TicketDeps, provided(TicketDeps)],
) -> VoidedOut:
    """The seats stay the buyer's. Doors refuse the old codes as soon as inventory has heard of it."""
    async with deps.database.transaction() as tx:
        order, seats = await deps.tickets.void(tx, order_id, seats=body.seats, reason=body.reason, actor=actor)
    return VoidedOut(
        order_id=order.order_id,
        display_number=display_number(order.number),
        seats=list(seats),
        version=order.version,
    )


@router.post(
    "/api/admin/orders/{order_id}/tickets/send",
    status_code=202,
    summary="Send the buyer the tickets once more",
    responses=conditions(UnknownOrder, NotVoidable, IdempotencyKeyReused),
)
async def send(
    order_id: UUID,
    body: SendIn,
    actor: Annotated[Actor, deed(TicketAction.REQUESTED, Role.OPERATOR, target="order:{order_id}")],
    deps: Annotated[TicketDeps, provided(TicketDeps)],
    idempotency_key: IdempotencyKey = None,
) -> SendingOut:
    """Those that are good now, by e-mail. A repeat with the same key sends nothing more."""
    asked = {"action": TicketAction.REQUESTED, "actor": actor.name, "order": str(order_id), "reason": body.reason}
    async with deps.database.transaction() as tx:

        async def do() -> SendingOut:
            order = await deps.tickets.send_again(tx, order_id, reason=body.reason, actor=actor)
            number = display_number(order.number)
            return SendingOut(order_id=order.order_id, display_number=number, version=order.version)

        return await once(tx, idempotency_key, asked=asked, kind=SendingOut, do=do)


@router.post(
    "/api/admin/orders/{order_id}/tickets/transfer",
    summary="Give tickets to somebody else",
    responses=conditions(
        UnknownOrder, NotVoidable, NoSuchTicket, NoMoreCodes, TicketUsed, WorkshopOver, IdempotencyKeyReused
    ),
)
async def transfer(
    order_id: UUID,
    body: TransferIn,
    actor: Annotated[Actor, deed(TicketAction.TRANSFERRED, Role.ADMIN, target="order:{order_id}")],
    deps: Annotated[TicketDeps, provided(TicketDeps)],
    idempotency_key: IdempotencyKey = None,
) -> TransferredOut:
    """New codes for them; the old ones let nobody in. The order stays the buyer's, and so does money that goes back."""
    action = {"action": TicketAction.TRANSFERRED, "actor": actor.name, "order": str(order_id)}
    wish = body.transfer()
    async with deps.database.transaction() as tx:

        async def do() -> TransferredOut:
            order = await deps.transfers.by_staff(tx, order_id, wish, reason=body.reason, actor=actor)
            return TransferredOut(
                order_id=order.order_id,
                display_number=display_number(order.number),
                seats=list(wish.seats),
                email=wish.person.email,
                version=order.version,
            )

        asked = {**action, "body": body.model_dump(mode="json")}
        return await once(tx, idempotency_key, asked=asked, kind=TransferredOut, do=do)
