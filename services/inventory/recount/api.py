"""`/api/admin/inventory/audit`: whether pools are what everything else says, and corrections of others (I-7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import Field, model_validator

from chassis.app import Body, Out, PlainText, Words, conditions, known_filters
from chassis.audit import Actor
from chassis.database import Database
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from inventory.limits.errors import InvalidTicketTier
from inventory.pools.errors import UnknownCity
from inventory.pools.mirror import Mirror
from inventory.recount.domain import Audit, Mismatch, RecountAction, Source
from inventory.recount.errors import ContradictsTickets, NoRoom
from inventory.recount.service import Recount

router = APIRouter(prefix="/api/admin/inventory", tags=["inventory"])

Seats = Annotated[int, Field(ge=0, le=1_000_000)]


class MismatchOut(Out):
    """A number of a pool that should be another one."""

    city_id: str
    tier: str
    type: Literal["inventory_mismatch"] = "inventory_mismatch"
    source: Source = Field(description="what says so: the pool's ledger, its holds, its tickets, or checkout's orders")
    what: str = Field(description="which number, such as `sold`")
    expected: int
    actual: int


class AuditOut(Out):
    """What was found when pools were counted again."""

    success: Literal[True] = True
    at: datetime
    pools: int = Field(description="how many were counted")
    data: list[MismatchOut]
    unjudged: dict[Source, str] = Field(description="what pools could not be compared with, and why")


class FixIn(Body):
    """A correction of a city's pools, or of one of them."""

    city_id: PlainText
    tier: PlainText | None = None
    sold: Seats | dict[PlainText, Seats] | None = Field(
        None,
        description="how many seats are sold, as you know it: a number with `tier`, else by tier. Without it the"
        " recomputed numbers are used",
    )
    reason: Words

    @model_validator(mode="after")
    def _says_of_what(self) -> FixIn:
        if (self.tier is None and isinstance(self.sold, int)) or (self.tier and isinstance(self.sold, dict)):
            raise ValueError("Write `sold` as a number with a tier, or by tier without one")
        return self

    @property
    def sold_by_tier(self) -> dict[str, int]:
        if isinstance(self.sold, dict):
            return self.sold
        return {} if self.sold is None or self.tier is None else {self.tier: self.sold}


class CorrectedOut(Out):
    """A pool that was wrong, with its numbers."""

    tier: str
    before: dict[str, int]
    after: dict[str, int]


class FixOut(Out):
    """The pools that were corrected; none where nothing was wrong."""

    success: Literal[True] = True
    city_id: str
    corrected: list[CorrectedOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecountDeps:
    """What these routes work with."""

    database: Database
    recount: Recount
    mirror: Mirror


Deps = Annotated[RecountDeps, provided(RecountDeps)]


@router.get(
    "/audit",
    summary="Whether pools are what their ledger, their holds and tickets, and checkout's orders say",
    dependencies=[Depends(known_filters)],
    responses=conditions(UnknownCity),
)
async def audit(
    deps: Deps,
    _viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
    city_id: Annotated[PlainText | None, Query(alias="cityId")] = None,
) -> AuditOut:
    """Counts every pool again, and changes nothing; an empty list says that all agree."""
    return _out(await deps.recount.audit(city_id=city_id))


@router.post(
    "/audit/fix",
    summary="Correct pools by entries that are added to their ledger",
    responses=conditions(UnknownCity, InvalidTicketTier, ContradictsTickets, NoRoom),
)
async def fix(actor: Annotated[Actor, deed(RecountAction.CORRECTED, Role.ADMIN)], body: FixIn, deps: Deps) -> FixOut:
    """Makes pools what their holds, tickets and ledger say. Twice is as good as once."""
    async with deps.database.transaction() as tx:
        saved, done = await deps.recount.fix(
            tx, body.city_id, tier=body.tier, sold=body.sold_by_tier, reason=body.reason, actor=actor
        )
    deps.mirror.committed(saved)
    return FixOut(city_id=body.city_id, corrected=[CorrectedOut.model_validate(each) for each in done])


def _out(found: Audit) -> AuditOut:
    return AuditOut(
        at=found.at,
        pools=found.pools,
        data=[_mismatch(each) for each in found.mismatches],
        unjudged=dict(found.unjudged),
    )


def _mismatch(found: Mismatch) -> MismatchOut:
    return MismatchOut.model_validate(found)
