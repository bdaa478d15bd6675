"""What checkout asks for somebody who waits. Never routed by the gateway; service tokens only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Header
from fastapi.responses import Response
from pydantic import Field

from chassis.app import InternalBody, Out, conditions
from chassis.database import Database
from chassis.emails import EmailAddress
from chassis.http.deps import provided
from chassis.http.guards import internal
from inventory.pools.errors import UnknownCity, UnknownTier
from inventory.pools.mirror import Mirror
from inventory.pools.restore import Restore
from inventory.waitlist import service
from inventory.waitlist.domain import EntryState, Person
from inventory.waitlist.errors import NotSelling, SeatsAreFree, TooMany, UnknownEntry
from inventory.waitlist.service import JoinRequest, Standing, Waitlist

Caller = Annotated[str, Depends(internal("inventory"))]
Token = Annotated[str, Header(alias="Waitlist-Token", max_length=100)]


class JoinBody(InternalBody):
    """A wish to wait for seats."""

    city_id: str = Field(min_length=1, max_length=100)
    tier: str = Field(min_length=1, max_length=50)
    quantity: int = Field(ge=1, le=500)
    email: EmailAddress
    first_name: str = Field(min_length=1, max_length=100)
    language: str = Field("en", min_length=2, max_length=35, description="in which the person is written to")


class JoinedOut(Out):
    """A place in line, for whoever may have typed somebody else's address: what opens it comes by e-mail."""

    quantity: int = Field(description="of the place that the address has, which may be an earlier one")
    ahead: int = Field(description="how many wait for the same pool and came before")


class PlaceOut(Out):
    """A place in line, for whoever has its token."""

    entry_id: UUID
    city_id: str
    tier: str
    quantity: int
    first_name: str
    email: str
    state: EntryState
    ahead: int = Field(description="how many wait for the same pool and came before")
    joined_at: datetime
    offer_id: UUID | None = Field(description="the newest offer")
    offered_until: datetime | None

    @classmethod
    def of(cls, standing: Standing) -> Self:
        entry = standing.entry
        return cls(
            entry_id=entry.entry_id,
            city_id=entry.city_id,
            tier=entry.tier,
            quantity=entry.quantity,
            first_name=entry.person.first_name,
            email=entry.person.email,
            state=entry.state,
            ahead=standing.ahead,
            joined_at=entry.joined_at,
            offer_id=entry.offer_id,
            offered_until=entry.offered_until,
        )


router = APIRouter(prefix="/internal/waitlist", tags=["internal"])


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitlistDeps:
    """What these routes work with."""

    waitlist: Waitlist
    mirror: Mirror
    database: Database
    restore: Restore


Deps = Annotated[WaitlistDeps, provided(WaitlistDeps)]


@router.post(
    "",
    summary="Wait for seats of a pool that is sold out",
    responses=conditions(UnknownCity, UnknownTier, NotSelling, SeatsAreFree, TooMany),
)
async def join(body: JoinBody, _caller: Caller, deps: Deps) -> JoinedOut:
    deps.restore.require_done()
    wish = JoinRequest(
        city_id=body.city_id,
        tier=body.tier,
        quantity=body.quantity,
        person=Person(email=body.email, first_name=body.first_name, language=body.language),
    )
    async with deps.database.transaction() as tx:
        standing = await deps.waitlist.join(tx, wish)
    return JoinedOut(quantity=standing.entry.quantity, ahead=standing.ahead)


@router.get("/{entry_id}", summary="A place in line", responses=conditions(UnknownEntry))
async def place(entry_id: UUID, token: Token, _caller: Caller, deps: Deps) -> PlaceOut:
    return PlaceOut.of(await service.standing(deps.database, entry_id, token))


@router.delete("/{entry_id}", status_code=204, summary="Leave the line", responses=conditions(UnknownEntry))
async def leave(entry_id: UUID, token: Token, _caller: Caller, deps: Deps) -> Response:
    async with deps.database.transaction() as tx:
        await service.standing(tx, entry_id, token)
        saved = await deps.waitlist.leave(tx, entry_id)
    deps.mirror.committed(*saved)
    return Response(status_code=204)
