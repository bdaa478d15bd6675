"""`/api/admin/inventory/expand`, `shrink` and `reset`: people change how many seats there are (I-8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter
from pydantic import Field

from chassis.app import Body, Out, PlainText, Words, conditions
from chassis.audit import Actor
from chassis.database import Transaction
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.repeats import IdempotencyKey, IdempotencyKeyReused
from chassis.tokens import Role
from inventory.limits.domain import MOST_AT_ONCE, LimitAction, Limits, Resizing
from inventory.limits.errors import InvalidAuthorization, InvalidExpansionAmount, InvalidTicketTier, SeatsTaken
from inventory.limits.requests import LimitRequests
from inventory.limits.service import LimitService
from inventory.pools.errors import UnknownCity
from inventory.pools.outcomes import Saved

router = APIRouter(prefix="/api/admin/inventory", tags=["inventory"])

# More than any pool has; a number beyond it is a slip.
_MOST: Final = 1_000_000


class ExpandIn(Body):
    """More seats of a pool."""

    city_id: PlainText
    tier: PlainText
    additional_spots: Annotated[int, Field(ge=-_MOST, le=_MOST, description=f"how many: 1 to {MOST_AT_ONCE}")]
    authorized_by: PlainText = Field(description="your own address, of a domain that AUTHORIZED_DOMAIN names")
    reason: Words
    public: bool = Field(False, description="true offers them on the pages, too; false keeps them in the room")


class ShrinkIn(Body):
    """Fewer seats of a pool."""

    city_id: PlainText
    tier: PlainText
    spots: Annotated[int, Field(ge=1, le=_MOST, description="how many")]
    reason: Words
    public: bool = Field(
        False, description="true takes as many from the pages; false only those that the room has no longer"
    )


class ResetIn(Body):
    """The limits with which the catalogue begins a city."""

    city_id: PlainText
    tier: PlainText | None = Field(None, description="all tiers without one")
    reason: Words


class LimitsOut(Out):
    """How many seats a pool has."""

    public: int = Field(description="how many the pages offer")
    actual: int = Field(description="how many there really are")


class ExpandedOut(Out):
    """A pool that has more seats; `before` and `after` are its actual limit."""

    success: Literal[True] = True
    city_id: str
    tier: str
    additional_spots: int
    before: int
    after: int


class ShrunkOut(Out):
    """A pool that has fewer seats."""

    success: Literal[True] = True
    city_id: str
    tier: str
    spots: int
    before: LimitsOut
    after: LimitsOut


class ResetPoolOut(Out):
    """A pool's limits."""

    tier: str
    before: LimitsOut
    after: LimitsOut


class ResetOut(Out):
    """The pools that were set back, with those that had these limits already."""

    success: Literal[True] = True
    city_id: str
    pools: list[ResetPoolOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitDeps:
    """What these routes work with."""

    limits: LimitService
    requests: LimitRequests


Deps = Annotated[LimitDeps, provided(LimitDeps)]


@router.post(
    "/expand",
    summary="Open more seats of a city's tier",
    responses=conditions(
        InvalidAuthorization, InvalidExpansionAmount, InvalidTicketTier, UnknownCity, IdempotencyKeyReused
    ),
)
async def expand(
    actor: Annotated[Actor, deed(LimitAction.EXPANDED, Role.ADMIN)],
    body: ExpandIn,
    deps: Deps,
    idempotency_key: IdempotencyKey = None,
) -> ExpandedOut:
    """Raises the actual limit, and with `public` the public one. A repeat with the same key gets the first answer."""
    asked = _resizing(body, body.additional_spots)

    async def do(tx: Transaction) -> tuple[Saved, ExpandedOut]:
        saved, done = await deps.limits.expand(tx, asked, authorized_by=body.authorized_by, actor=actor)
        return saved, ExpandedOut(
            city_id=body.city_id,
            tier=done.tier,
            additional_spots=body.additional_spots,
            before=done.before.actual,
            after=done.after.actual,
        )

    return await deps.requests.once(idempotency_key, _asked(LimitAction.EXPANDED, actor, body), ExpandedOut, do)


@router.post(
    "/shrink",
    summary="Take free seats of a city's tier away",
    responses=conditions(SeatsTaken, InvalidTicketTier, UnknownCity, IdempotencyKeyReused),
)
async def shrink(
    actor: Annotated[Actor, deed(LimitAction.SHRUNK, Role.ADMIN)],
    body: ShrinkIn,
    deps: Deps,
    idempotency_key: IdempotencyKey = None,
) -> ShrunkOut:
    """Lowers the actual limit, never below what is sold and held. A repeat with the same key gets the first answer."""

    async def do(tx: Transaction) -> tuple[Saved, ShrunkOut]:
        saved, done = await deps.limits.shrink(tx, _resizing(body, body.spots), actor=actor)
        limits = {"before": _limits(done.before), "after": _limits(done.after)}
        return saved, ShrunkOut(city_id=body.city_id, tier=done.tier, spots=body.spots, **limits)

    return await deps.requests.once(idempotency_key, _asked(LimitAction.SHRUNK, actor, body), ShrunkOut, do)


@router.post(
    "/reset",
    summary="Set a city's limits back to those with which the catalogue begins it",
    responses=conditions(SeatsTaken, InvalidTicketTier, UnknownCity),
)
async def reset(actor: Annotated[Actor, deed(LimitAction.RESET, Role.ADMIN)], body: ResetIn, deps: Deps) -> ResetOut:
    """Changes limits only: what is sold and held stays, and so does the ledger. Twice is as good as once."""

    async def do(tx: Transaction) -> tuple[Saved, ResetOut]:
        saved, done = await deps.limits.reset(tx, body.city_id, tier=body.tier, reason=body.reason, actor=actor)
        return saved, ResetOut(city_id=body.city_id, pools=[ResetPoolOut.model_validate(each) for each in done])

    return await deps.requests.once(None, _asked(LimitAction.RESET, actor, body), ResetOut, do)


def _asked(action: LimitAction, actor: Actor, body: Body) -> dict[str, Any]:
    return {"action": action, "actor": actor.name, "body": body.model_dump(mode="json")}


def _resizing(body: ExpandIn | ShrinkIn, spots: int) -> Resizing:
    return Resizing(city_id=body.city_id, tier=body.tier, spots=spots, public=body.public, reason=body.reason)


def _limits(limits: Limits) -> LimitsOut:
    return LimitsOut.model_validate(limits)
