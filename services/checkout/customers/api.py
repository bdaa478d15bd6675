"""`POST /api/admin/orders/{orderId}/customer`: another name, or another address for the tickets (C-6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field, model_validator

from chassis.app import Body, Out, Words, conditions
from chassis.audit import Actor
from chassis.database import Database
from chassis.emails import EmailAddress
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.ids import display_number
from chassis.tokens import Role
from checkout.customers.changing import CustomerChanges
from checkout.customers.domain import CustomerAction, CustomerChange
from checkout.customers.errors import CustomerNotChangeable
from checkout.orders.errors import UnknownOrder
from checkout.orders.names import PersonName

router = APIRouter(tags=["orders"])


class CustomerIn(Body):
    """What is to be different; what is left out stays."""

    first_name: PersonName | None = None
    last_name: PersonName | None = None
    email: EmailAddress | None = Field(None, description="the tickets are sent there; the address before is told")
    reason: Words

    @model_validator(mode="after")
    def _something(self) -> CustomerIn:
        if self.first_name is None and self.last_name is None and self.email is None:
            raise ValueError("name at least one of firstName, lastName and email")
        return self


class CustomerChangedOut(Out):
    """Whose order it is now."""

    success: Literal[True] = True
    order_id: UUID
    display_number: str
    first_name: str
    last_name: str
    email: str
    version: int = Field(description="the order's version since then")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerDeps:
    """What the route works with."""

    database: Database
    changes: CustomerChanges


@router.post(
    "/api/admin/orders/{order_id}/customer",
    summary="Change the name or the e-mail address of an order",
    responses=conditions(UnknownOrder, CustomerNotChangeable),
)
async def change(
    order_id: UUID,
    body: CustomerIn,
    actor: Annotated[Actor, deed(CustomerAction.CHANGED, Role.ADMIN, target="order:{order_id}")],
    deps: Annotated[CustomerDeps, provided(CustomerDeps)],
) -> CustomerChangedOut:
    """The tickets go to the address that it has then, and one that it had is told. A repeat changes nothing."""
    wanted = CustomerChange(first_name=body.first_name, last_name=body.last_name, email=body.email)
    async with deps.database.transaction() as tx:
        order = await deps.changes.change(tx, order_id, wanted, reason=body.reason, actor=actor)
    return CustomerChangedOut(
        order_id=order.order_id,
        display_number=display_number(order.number),
        first_name=order.customer.first_name,
        last_name=order.customer.last_name,
        email=order.customer.email,
        version=order.version,
    )
