"""`/api/admin/blocks`: who can buy nothing, blocked and let go by people (C-11)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.app import Body, Out, Page, Words, conditions, known_filters, read_place, write_cursor
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.emails import EmailAddress
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.tokens import Role
from checkout.blocks import store
from checkout.blocks.domain import BlockAction, BuyerMark
from checkout.blocks.errors import UnknownBlock, no_address, one_mark_only
from checkout.blocks.marks import Marks
from checkout.blocks.service import Blocks
from config import Mark

_LONGEST_HOURS: Final = 24 * 365

router = APIRouter(prefix="/api/admin/blocks", tags=["admin"])


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDeps:
    """What the routes work with."""

    database: Database
    blocks: Blocks
    clock: Clock


Deps = Annotated[BlockDeps, provided(BlockDeps)]


class BlockIn(Body):
    """Whom to block, by one of the two, and why."""

    email: EmailAddress | None = None
    address: str | None = Field(None, max_length=50, description="an IP address; of IPv6 its whole network counts")
    hours: int = Field(24, ge=1, le=_LONGEST_HOURS, description="for how long")
    reason: Words


class LiftIn(Body):
    """Why somebody may buy again."""

    reason: Words


class BlockOut(Out):
    """A buyer who can buy nothing."""

    block_id: UUID
    mark: Mark = Field(description="what the buyer is known by")
    shown: str = Field(description="that, masked")
    cause: str = Field(description="the rule of abuse.yaml that the buyer broke, or by_hand")
    reason: str | None = Field(description="a person’s words; none when a rule made it")
    made_by: str
    made_at: datetime
    until: datetime = Field(description="when it ends by itself")
    lifted_at: datetime | None
    lifted_by: str | None


@router.get("", dependencies=[Depends(require(Role.VIEWER)), Depends(known_filters)])
async def list_blocks(
    deps: Deps,
    active: Annotated[bool, Query(description="only those under way")] = True,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> Page[BlockOut]:
    """Who is blocked, the newest first."""
    before, active_at = read_place(cursor) if cursor else None, deps.clock.now() if active else None
    found, following = await page_of(
        lambda most: store.find(deps.database, active_at=active_at, before=before, limit=most),
        limit=limit,
        cursor=lambda block: write_cursor(block.made_at, block.block_id),
    )
    return Page(data=[BlockOut.model_validate(block) for block in found], next_cursor=following)


@router.post("")
async def block(body: BlockIn, deps: Deps, actor: Annotated[Actor, deed(BlockAction.ADDED, Role.ADMIN)]) -> BlockOut:
    """Lets a buyer buy nothing for a while. What they have paid for stays theirs."""
    mark = _mark(deps.blocks.marks, body)
    async with deps.database.transaction() as tx:
        made = await deps.blocks.block(tx, mark, duration=timedelta(hours=body.hours), reason=body.reason, actor=actor)
    return BlockOut.model_validate(made)


@router.post("/{block_id}/lift", responses=conditions(UnknownBlock))
async def lift(
    block_id: UUID,
    body: LiftIn,
    deps: Deps,
    actor: Annotated[Actor, deed(BlockAction.LIFTED, Role.OPERATOR, target="block:{block_id}")],
) -> BlockOut:
    """Lets the buyer buy again at once; what was seen of them until now counts no more."""
    async with deps.database.transaction() as tx:
        lifted = await deps.blocks.lift(tx, block_id, reason=body.reason, actor=actor)
    return BlockOut.model_validate(lifted)


def _mark(marks: Marks, body: BlockIn) -> BuyerMark:
    if (body.email is None) == (body.address is None):
        raise one_mark_only()
    if body.email is not None:
        return marks.email(body.email)
    try:
        return marks.address(str(ip_address((body.address or "").strip())))
    except ValueError:
        raise no_address() from None
