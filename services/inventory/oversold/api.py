"""`GET /api/admin/inventory/oversold`: who has paid for seats that there are not (I-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.app import Body, Out, Page, PlainText, no_cursor, read_cursor
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from inventory.oversold import service
from inventory.oversold.domain import OwedPlace, OwedSeats, masked


class OwedCustomerOut(Out):
    """Who bought; masked for staff below admin."""

    first_name: str
    last_name: str
    email: str
    phone: str | None


class OwedSeatsOut(Out):
    """An order's seats of a pool that no limit has room for."""

    order_id: UUID
    order_number: str | None = Field(description="the order's short number")
    city_id: str
    tier: str
    seats: list[int] = Field(description="their numbers within the order")
    since: datetime = Field(description="when they were paid")
    customer: OwedCustomerOut | None = Field(description="null while it isn't known here")


class OversoldQuery(Body):
    """Filters are named as the fields they filter."""

    city_id: PlainText | None = None
    tier: PlainText | None = None
    cursor: str | None = Field(None, description="nextCursor of the page before")
    limit: int = Field(50, ge=1, le=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class OversoldDeps:
    """What the route works with."""

    database: Database


router = APIRouter(tags=["inventory"])


@router.get("/api/admin/inventory/oversold", summary="Who has paid for seats that there are not, the first one first")
async def oversold(
    query: Annotated[OversoldQuery, Query()],
    deps: Annotated[OversoldDeps, provided(OversoldDeps)],
    viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
) -> Page[OwedSeatsOut]:
    """A seat that comes free is given to the first of them at once; until then they can be moved or refunded."""
    after = _after(query.cursor) if query.cursor is not None else None
    found, following = await service.listed(
        deps.database, city_id=query.city_id, tier=query.tier, after=after, limit=query.limit
    )
    whole = viewer.role.allows(Role.ADMIN)
    return Page(data=[_out(each, whole=whole) for each in found], next_cursor=following)


def _after(cursor: str) -> OwedPlace:
    since, place = read_cursor(cursor)
    order_id, _, pool = place.partition("/")
    city_id, _, tier = pool.partition("/")
    try:
        return OwedPlace(since=since, order_id=UUID(order_id), city_id=city_id, tier=tier)
    except ValueError:
        raise no_cursor() from None


def _out(owed: OwedSeats, *, whole: bool) -> OwedSeatsOut:
    customer = owed.customer if whole or owed.customer is None else masked(owed.customer)
    return OwedSeatsOut(
        order_id=owed.order_id,
        order_number=owed.order_number,
        city_id=owed.city_id,
        tier=owed.tier,
        seats=list(owed.seats),
        since=owed.since,
        customer=OwedCustomerOut.model_validate(customer) if customer else None,
    )
