"""`POST /api/support`: a customer's call for help, and `/api/admin/support`: what staff do about it (C-10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field, model_validator

from chassis.app import Body, Out, Page, PlainText, Prose, Words, conditions, known_filters, read_place, write_cursor
from chassis.audit import Actor
from chassis.database import Database
from chassis.emails import EmailAddress
from chassis.errors import RateLimited
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from checkout.orders import store as orders_store
from checkout.orders.access import OrderAccess
from checkout.orders.errors import UnknownOrder
from checkout.support import store
from checkout.support.domain import SupportAction, SupportWish
from checkout.support.errors import UnknownSupportRequest
from checkout.support.models import SupportOut, support_out
from checkout.support.service import Support
from events import SupportKind

router = APIRouter(tags=["orders"])
_ADMIN = "/api/admin/support"


@dataclass(frozen=True, slots=True, kw_only=True)
class SupportDeps:
    """What these routes work with."""

    database: Database
    access: OrderAccess
    support: Support


Deps = Annotated[SupportDeps, provided(SupportDeps)]
Viewer = Annotated[Principal, Depends(require(Role.VIEWER))]


class SupportIn(Body):
    """What a customer needs help with: of an order of theirs, or from an address."""

    kind: SupportKind
    text: Prose = Field(min_length=1)
    order_id: UUID | None = None
    order_token: str = Field("", repr=False, max_length=100, description="the order's own, as its buyer has it")
    email: EmailAddress | None = Field(None, description="where the answer goes; left out, the order's")
    order_number: PlainText = Field("", max_length=20, description="of an order whose token is not at hand")

    @model_validator(mode="after")
    def _answerable(self) -> SupportIn:
        if self.email is None and self.order_id is None:
            raise ValueError("name orderId or email")
        return self


class SupportTakenOut(Out):
    """It was taken in; who asks the same again, while nobody has dealt with it, gets the same answer."""

    success: Literal[True] = True
    request_id: UUID
    kind: str
    made_at: datetime


class CloseIn(Body):
    """What was done about it."""

    reason: Words


@router.post("/api/support", summary="Call for help", responses=conditions(UnknownOrder, RateLimited))
async def ask(body: SupportIn, request: Request, deps: Deps) -> SupportTakenOut:
    """About an order whose token is shown, or from an address, which may name an order's number."""
    order_id = await deps.access.own(request, str(body.order_id), body.order_token) if body.order_id else None
    wish = SupportWish(
        kind=body.kind,
        email=body.email or await _email_of(deps, order_id),
        text=body.text,
        order_id=order_id,
        order_said=body.order_number.strip(),
    )
    async with deps.database.transaction() as tx:
        return SupportTakenOut.model_validate(await deps.support.ask(tx, wish))


@router.get(_ADMIN, tags=["admin"], dependencies=[Depends(known_filters)])
async def list_requests(
    viewer: Viewer,
    deps: Deps,
    active: Annotated[bool, Query(description="only those that nobody has dealt with")] = True,
    kind: SupportKind | None = None,
    email: PlainText | None = None,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Page[SupportOut]:
    """Who calls for help, the newest first."""
    before = read_place(cursor) if cursor else None
    found, following = await page_of(
        lambda most: store.find(deps.database, only_open=active, kind=kind, email=email, before=before, limit=most),
        limit=limit,
        cursor=lambda request: write_cursor(request.made_at, request.request_id),
    )
    return Page(data=[support_out(request, viewer.role) for request in found], next_cursor=following)


@router.get(f"{_ADMIN}/{{request_id}}", tags=["admin"], responses=conditions(UnknownSupportRequest))
async def show(request_id: UUID, viewer: Viewer, deps: Deps) -> SupportOut:
    """One of them."""
    found = await store.get(deps.database, request_id)
    if found is None:
        raise UnknownSupportRequest
    return support_out(found, viewer.role)


@router.post(f"{_ADMIN}/{{request_id}}/close", tags=["admin"], responses=conditions(UnknownSupportRequest))
async def close(
    request_id: UUID,
    body: CloseIn,
    deps: Deps,
    actor: Annotated[Actor, deed(SupportAction.CLOSED, Role.OPERATOR, target="support:{request_id}")],
) -> SupportOut:
    """Says that it is dealt with; a second time changes nothing."""
    async with deps.database.transaction() as tx:
        closed = await deps.support.close(tx, request_id, reason=body.reason, actor=actor)
    return support_out(closed, Role.OPERATOR)


async def _email_of(deps: SupportDeps, order_id: UUID | None) -> str:
    order = await orders_store.get(deps.database, order_id) if order_id else None
    if order is None:
        raise UnknownOrder
    return order.customer.email
