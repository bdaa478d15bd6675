"""`POST /api/admin/orders/{orderId}/cancel`: an admin ends an order that nobody has paid for (C-7)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from chassis.app import Body, Out, Words, conditions
from chassis.audit import Actor
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.ids import display_number
from chassis.tokens import Role
from checkout.orders.errors import UnknownOrder
from checkout.purchases.cancelling import CancelAction, Cancelling
from checkout.purchases.errors import NotCancellable, PaymentProviderBusy
from events import OrderState

router = APIRouter(prefix="/api/admin/orders", tags=["orders"])


class CancelIn(Body):
    """Why an order is cancelled."""

    reason: Words = Field(description="why, for the record")


class CancelledOut(Out):
    """An order that is over."""

    order_id: UUID
    display_number: str = Field(description="Its short number, as it is shown")
    state: OrderState = Field(description="cancelled; refunded where it cost nothing; or as it had ended before")


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelDeps:
    """What this route works with.

    cancelling: the use case
    """

    cancelling: Cancelling


@router.post("/{order_id}/cancel", responses=conditions(UnknownOrder, NotCancellable, PaymentProviderBusy))
async def cancel_order(
    order_id: UUID,
    actor: Annotated[Actor, deed(CancelAction.CANCELLED, Role.ADMIN, target="order:{order_id}")],
    body: CancelIn,
    deps: Annotated[CancelDeps, provided(CancelDeps)],
) -> CancelledOut:
    """The payment page is ended at the processor first: an order that turns out to be paid stays paid.

    Its seats go back on sale. Of an order that cost nothing the tickets end, and the buyer gets an e-mail. A repeat
    changes nothing.
    """
    order = await deps.cancelling.cancel(order_id, reason=body.reason, actor=actor)
    return CancelledOut(order_id=order.order_id, display_number=display_number(order.number), state=order.state)
