"""`/api/admin/analytics`: compares what analytics show with the ledgers, and sums days up anew (P-8)."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from chassis.app import known_filters
from chassis.audit import Actor
from chassis.http.deeds import deed
from chassis.http.guards import require
from chassis.tokens import Role
from checkout.revenue import store
from checkout.revenue.api import Deps
from checkout.revenue.domain import RevenueAction
from checkout.revenue.models import ComparedOut, RebuildIn, RebuildOut, RevenueDifferenceOut
from checkout.revenue.summing import RebuildProgress

router = APIRouter(prefix="/api/admin/analytics", tags=["admin"])


@router.get("/verify", dependencies=[Depends(require(Role.VIEWER)), Depends(known_filters)])
async def verify(
    deps: Deps, since: Annotated[date | None, Query(description="from this day on; without it all")] = None
) -> ComparedOut:
    """Where the analytics are not what the ledgers come to, to the cent."""
    as_of = await store.as_of(deps.database)
    found = await deps.revenue.differences(since)
    return ComparedOut(as_of=as_of, differences=[RevenueDifferenceOut.of(shown, ledger) for shown, ledger in found])


@router.post("/rebuild")
async def rebuild(
    body: RebuildIn, deps: Deps, actor: Annotated[Actor, deed(RevenueAction.REBUILT, Role.ADMIN)]
) -> RebuildOut:
    """Sums days up anew from the ledgers; ask again while days are left. What is shown changes once, at the end."""
    return _out(await deps.revenue.rebuild(body.since, actor=actor, days=body.days))


def _out(progress: RebuildProgress) -> RebuildOut:
    left = (progress.last_day - progress.next_day).days + 1 if progress.next_day else 0
    return RebuildOut(
        since=progress.since, next_day=progress.next_day, last_day=progress.last_day, days_left=max(0, left)
    )
