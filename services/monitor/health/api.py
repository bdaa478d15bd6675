"""`GET /api/health`, alias `/health` (M-3): for people and uptime monitors, never for load balancers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Request, Response

from chassis.errors import Condition
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Role
from monitor.health.domain import HealthStatus, assess
from monitor.health.schemas import HealthOut, PublicHealthOut
from monitor.health.watch import HealthWatch

router = APIRouter(tags=["health"])

_may_look = require(Role.VIEWER)


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthDeps:
    """What the route works with: memory only, so that nobody is asked because somebody asks us.

    watch: what every process has said last
    """

    watch: HealthWatch


@router.get(
    "/api/health",
    response_model_exclude_unset=True,
    responses={503: {"model": HealthOut | PublicHealthOut, "description": "Degraded or unhealthy"}},
)
@router.get("/health", include_in_schema=False, response_model_exclude_unset=True)
async def health(
    request: Request, response: Response, deps: Annotated[HealthDeps, provided(HealthDeps)]
) -> HealthOut | PublicHealthOut:
    """How everything is: 200 when healthy, else 503. Without a token only each part's status."""
    situation = await deps.watch.fresh()
    found = assess(situation)
    response.status_code = 200 if found.status is HealthStatus.HEALTHY else 503
    response.headers["Cache-Control"] = "no-store"
    shown = HealthOut if await _trusted(request) else PublicHealthOut
    return shown.of(found, situation.own, now=situation.now)


async def _trusted(request: Request) -> bool:
    """A wrong token in the header is refused; an old cookie in a browser is just nobody."""
    try:
        await _may_look(request)
    except Condition:
        if "authorization" in request.headers:
            raise
        return False
    return True
