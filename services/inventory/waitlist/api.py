"""The waiting list for people on call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.app import Body, Out, Page, PlainText
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from inventory.waitlist import service
from inventory.waitlist.domain import Entry, EntryState
from inventory.waitlist.store import WaitlistFilters


class WaitlistEntryOut(Out):
    """Somebody's place in line."""

    entry_id: UUID
    city_id: str
    tier: str
    quantity: int
    email: str
    first_name: str
    state: EntryState
    joined_at: datetime
    offered_until: datetime | None = Field(description="when the newest offer ends, or ended, by itself")

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls(
            entry_id=entry.entry_id,
            city_id=entry.city_id,
            tier=entry.tier,
            quantity=entry.quantity,
            email=entry.person.email,
            first_name=entry.person.first_name,
            state=entry.state,
            joined_at=entry.joined_at,
            offered_until=entry.offered_until,
        )


class WaitlistQuery(Body):
    """Filters are named as the fields they filter."""

    city_id: PlainText | None = None
    tier: PlainText | None = None
    state: EntryState | None = None
    email: PlainText | None = None
    cursor: str | None = Field(None, pattern=r"^[0-9]{1,18}$", description="nextCursor of the page before")
    limit: int = Field(50, ge=1, le=500)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitlistListDeps:
    """What the route works with."""

    database: Database


router = APIRouter(tags=["inventory"])


@router.get("/api/admin/inventory/waitlist", summary="Who waits for seats, the first in line first")
async def waitlist(
    query: Annotated[WaitlistQuery, Query()],
    deps: Annotated[WaitlistListDeps, provided(WaitlistListDeps)],
    _operator: Annotated[Principal, Depends(require(Role.OPERATOR))],
) -> Page[WaitlistEntryOut]:
    filters = WaitlistFilters(city_id=query.city_id, tier=query.tier, state=query.state, email=query.email)
    after = int(query.cursor) if query.cursor is not None else None
    found, following = await service.listed(deps.database, filters, after=after, limit=query.limit)
    return Page(data=[WaitlistEntryOut.of(entry) for entry in found], next_cursor=following)
