"""`GET /api/v1/unified-payment-analytics/dashboard`: revenue, fees and commission, for staff and providers (P-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from chassis.app import known_filters
from chassis.clock import Clock
from chassis.database import Database
from chassis.errors import InvalidRequest
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.http.scopes import Scope
from chassis.tokens import Role, RoleMissing
from checkout.providers.domain import MOST_ID
from checkout.revenue import store
from checkout.revenue.domain import Span
from checkout.revenue.models import DashboardOut
from checkout.revenue.summing import Revenue

router = APIRouter(prefix="/api/v1/unified-payment-analytics", tags=["payments"])


@dataclass(frozen=True, slots=True, kw_only=True)
class RevenueDeps:
    """What the routes work with.

    database: checkout's; figures are read without locks
    revenue: compares and rebuilds them
    clock: what "today" is by
    """

    database: Database
    revenue: Revenue
    clock: Clock


Deps = Annotated[RevenueDeps, provided(RevenueDeps)]


@router.get("/dashboard", dependencies=[Depends(require(Role.VIEWER, Role.PROVIDER)), Depends(known_filters)])
async def dashboard(
    deps: Deps,
    scope: Scope,
    since: Annotated[date | None, Query(description="the first day; 30 days before the last one otherwise")] = None,
    until: Annotated[date | None, Query(description="the last day; today otherwise")] = None,
    provider: Annotated[int | None, Query(ge=1, le=MOST_ID, description="only this provider's")] = None,
) -> DashboardOut:
    """What was paid, given back and kept, in all and by provider, processor and day; a provider sees its own only."""
    if scope is not None and provider not in {None, scope}:
        raise RoleMissing("Your token is that of another provider.")
    span = Span.of(since, until, today=deps.clock.now().astimezone(deps.revenue.zone).date())
    if span.fault:
        raise InvalidRequest(fields={"since": span.fault})
    whose = provider if scope is None else scope
    return DashboardOut.of(
        await store.rows_of(deps.database, span, provider=whose),
        span=span,
        provider=whose,
        zone=await store.zone_of(deps.database) or deps.revenue.zone.key,
        as_of=await store.as_of(deps.database),
    )
