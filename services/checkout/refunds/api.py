"""Refunds over HTTP: an admin gives an order's money back, and staff see what became of it (C-7, X-3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import Field, model_validator

from chassis.app import Body, Out, Words, conditions
from chassis.audit import Actor
from chassis.database import Database
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.http.once import once
from chassis.http.repeats import IdempotencyKey, IdempotencyKeyReused
from chassis.tokens import Principal, Role
from checkout.orders import store as orders_store
from checkout.orders.errors import UnknownOrder
from checkout.refunds import store
from checkout.refunds.domain import (
    Refund,
    RefundAction,
    RefundCause,
    RefundState,
    Wanted,
    left_of,
    seat_prices,
)
from checkout.refunds.errors import (
    NothingToRefund,
    OrderInDispute,
    OrderNotPaid,
    RefundTooLarge,
    SeatAlreadyRefunded,
    SeatRefundUnderWay,
    UnknownSeat,
)
from checkout.refunds.service import RefundService
from checkout.wayrefunds.errors import WayRefundImpossible, WayRefundTooLarge

router = APIRouter(prefix="/api/admin/orders", tags=["refunds"])


class RefundIn(Body):
    """What is to be given back: an amount, or seats, or with neither everything that is left."""

    amount: Annotated[int, Field(ge=1, le=99_999_999)] | None = Field(
        None, description="in minor units of the order's currency; all seats stay valid unless it is all that is left"
    )
    seats: Annotated[list[Annotated[int, Field(ge=1)]], Field(min_length=1, max_length=100)] | None = Field(
        None, description="numbers of seats: what they cost goes back, and their tickets are no longer valid"
    )
    reason: Words = Field(description="why, for the record")
    return_seats: bool = Field(description="whether seats whose tickets end go back on sale")

    @model_validator(mode="after")
    def _one_of_both(self) -> RefundIn:
        if self.amount is not None and self.seats is not None:
            raise ValueError("name an amount or seats, not both")
        return self


class RequestedOut(Out):
    """A refund that was asked for."""

    refund_id: UUID
    amount: int = Field(description="In minor units")
    state: RefundState


class RefundRequestedOut(Out):
    """What goes back; the processor does it within moments, and the list of refunds says when it has."""

    order_id: UUID
    amount: int = Field(description="What goes back, in minor units of `currency`")
    currency: str
    seats: list[int] = Field(description="The seats whose tickets end with it")
    return_seats: bool = Field(description="Whether these go back on sale")
    refunds: list[RequestedOut] = Field(description="One a payment that it comes out of")


class RefundOut(Out):
    """A refund of an order."""

    refund_id: UUID
    processor: str
    payment_intent: str = Field(description="The processor's id of the payment that it comes out of")
    amount: int = Field(description="In minor units of `currency`")
    currency: str
    cause: RefundCause = Field(description="requested by a person, or due by itself: a second charge")
    state: RefundState = Field(description="due: the processor has not decided yet")
    seats: list[int] = Field(description="The seats whose tickets end with it")
    return_seats: bool = Field(description="Whether these go back on sale")
    reason: str | None
    requested_by: str | None
    tries: int = Field(description="How often the processor was asked")
    last_error: str | None = Field(description="What stood in the way the last time")
    created_at: datetime
    settled_at: datetime | None = Field(description="When the processor had decided")


class PaymentOut(Out):
    """Money that came for the order."""

    processor: str
    payment_intent: str = Field(description="The processor's id")
    amount: int = Field(description="In minor units of `currency`")
    refunded: int = Field(description="What went back of it")
    under_way: int = Field(description="What is due to go back of it")
    currency: str
    surplus: bool = Field(description="Whether the order was paid already when it came")
    paid_at: datetime


class RefundsOut(Out):
    """An order's money: what came, what went back, and what is left."""

    data: list[RefundOut] = Field(description="Refunds, oldest first")
    payments: list[PaymentOut]
    left: int = Field(description="What can still be given back, in minor units of `currency`")
    currency: str
    seat_prices: dict[int, int] = Field(description="What each seat cost, in minor units")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundDeps:
    """What these routes work with.

    database: checkout's own
    refunds: makes refunds due
    wake: tells the sender that something is
    """

    database: Database
    refunds: RefundService
    wake: Callable[[], None]


Deps = Annotated[RefundDeps, provided(RefundDeps)]


@router.post(
    "/{order_id}/refund",
    status_code=202,
    summary="Give an order's money back: all of it, an amount, or what some of its seats cost",
    responses=conditions(
        UnknownOrder,
        OrderNotPaid,
        OrderInDispute,
        NothingToRefund,
        RefundTooLarge,
        WayRefundImpossible,
        WayRefundTooLarge,
        UnknownSeat,
        SeatAlreadyRefunded,
        SeatRefundUnderWay,
        IdempotencyKeyReused,
    ),
)
async def refund(
    order_id: UUID,
    actor: Annotated[Actor, deed(RefundAction.REQUESTED, Role.ADMIN, target="order:{order_id}")],
    body: RefundIn,
    deps: Deps,
    idempotency_key: IdempotencyKey = None,
) -> RefundRequestedOut:
    """Through the processor that took it, once. Tickets end, and the buyer hears of it, when the money has gone back.

    A repeat with the same key gets the first answer.
    """
    asked = {
        "action": RefundAction.REQUESTED,
        "actor": actor.name,
        "order": str(order_id),
        "body": body.model_dump(mode="json"),
    }
    wanted = Wanted(
        amount=body.amount, seats=tuple(body.seats or ()), return_seats=body.return_seats, reason=body.reason
    )
    async with deps.database.transaction() as tx:

        async def do() -> RefundRequestedOut:
            return _requested(await deps.refunds.request(tx, order_id, wanted, actor=actor))

        answer = await once(tx, idempotency_key, asked=asked, kind=RefundRequestedOut, do=do)
        tx.after_commit(deps.wake)
    return answer


@router.get("/{order_id}/refunds", summary="An order's money", responses=conditions(UnknownOrder))
async def list_refunds(
    order_id: UUID, _viewer: Annotated[Principal, Depends(require(Role.VIEWER))], deps: Deps
) -> RefundsOut:
    """What came, what went back or is on its way, by whom and why, and what is left."""
    order = await orders_store.get(deps.database, order_id)
    if order is None:
        raise UnknownOrder
    payments = await store.payments_of(deps.database, order_id)
    under_way = await store.under_way(deps.database, order_id)
    return RefundsOut(
        data=[RefundOut.model_validate(each) for each in await store.of_order(deps.database, order_id)],
        payments=[PaymentOut.model_validate(each) for each in payments],
        left=left_of(order, under_way, payments),
        currency=order.currency,
        seat_prices=dict(seat_prices(order)),
    )


def _requested(refunds: Sequence[Refund]) -> RefundRequestedOut:
    first = refunds[0]
    return RefundRequestedOut(
        order_id=first.order_id,
        amount=sum(each.amount for each in refunds),
        currency=first.currency,
        seats=list(first.seats),
        return_seats=first.return_seats,
        refunds=[RequestedOut(refund_id=each.refund_id, amount=each.amount, state=RefundState.DUE) for each in refunds],
    )
