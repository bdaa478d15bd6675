"""`GET /api/admin/inventory/seats`: every seat that was sold, so that a pool can be counted by them (I-7, X-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.app import Body, Out, Page, PlainText, no_cursor
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from inventory.tickets import service
from inventory.tickets.domain import Place, SoldSeat

router = APIRouter(tags=["inventory"])


class SoldSeatOut(Out):
    """A seat that was sold; whose it is, its order says."""

    order_id: UUID
    order_number: str | None = Field(description="the order's short number; null for orders older than its keeping")
    seat: int = Field(description="counts from 1 within the order")
    city_id: str
    tier: str
    place: Place = Field(description="what it counts as in its pool: public and spare are sold, returned is nothing")
    valid: bool = Field(description="whether its ticket still lets in")
    void_reason: str | None
    issued_at: datetime
    voided_at: datetime | None


class SeatQuery(Body):
    """Filters are named as the fields they filter."""

    city_id: PlainText | None = None
    tier: PlainText | None = None
    place: Place | None = None
    cursor: str | None = Field(None, pattern=r"^[0-9a-f-]{36}/[0-9]{1,5}$", description="nextCursor of the page before")
    limit: int = Field(50, ge=1, le=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatDeps:
    """What the route works with."""

    database: Database


@router.get("/api/admin/inventory/seats", summary="Every seat that was sold, by order")
async def seats(
    query: Annotated[SeatQuery, Query()],
    deps: Annotated[SeatDeps, provided(SeatDeps)],
    _viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
) -> Page[SoldSeatOut]:
    """Those of `public` and `spare` are as many as the pool has sold, the `oversold` ones as many as are owed."""
    found, following = await service.sold_seats(
        deps.database,
        city_id=query.city_id,
        tier=query.tier,
        place=query.place,
        after=_after(query.cursor),
        limit=query.limit,
    )
    return Page(data=[_out(row) for row in found], next_cursor=following)


def _after(cursor: str | None) -> tuple[UUID, int] | None:
    if cursor is None:
        return None
    order_id, _, seat = cursor.partition("/")
    try:
        return UUID(order_id), int(seat)
    except ValueError:
        raise no_cursor() from None


def _out(row: SoldSeat) -> SoldSeatOut:
    ticket = row.ticket
    return SoldSeatOut(
        order_id=ticket.order_id,
        order_number=ticket.order_number,
        seat=ticket.seat,
        city_id=ticket.city_id,
        tier=ticket.tier,
        place=ticket.place,
        valid=ticket.valid,
        void_reason=ticket.void_reason,
        issued_at=row.issued_at,
        voided_at=row.voided_at,
    )
