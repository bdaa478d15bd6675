"""`GET /api/health`, alias `/health` (M-3): for people and uptime monitors, never for load balancers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from chassis.clock import Clock
from chassis.errors import Condition
from chassis.tokens import Role, require
from eventbus import Heartbeats
from monitor.health import service
from monitor.health.domain import HealthStatus
from monitor.health.instances import Instances

_may_look = require(Role.VIEWER)


def health_router(instances: Instances, heartbeats: Callable[[], Heartbeats], *, clock: Clock) -> APIRouter:
    """Answers from memory only: nobody is asked because somebody asks us."""
    router = APIRouter(tags=["health"])

    @router.get("/api/health", responses={503: {"description": "Degraded or unhealthy"}})
    @router.get("/health", include_in_schema=False)
    async def health(request: Request) -> JSONResponse:
        """How everything is: 200 when healthy, else 503. Without a token only each part's status."""
        own = heartbeats().last or await heartbeats().heartbeat()
        found = service.look(instances, own)
        write = service.document if await _trusted(request) else service.public_document
        content: dict[str, Any] = write(found, own, now=clock.now())
        status_code = 200 if found.status is HealthStatus.HEALTHY else 503
        return JSONResponse(content, status_code=status_code, headers={"Cache-Control": "no-store"})

    return router


async def _trusted(request: Request) -> bool:
    """A wrong token in the header is refused; an old cookie in a browser is just nobody."""
    try:
        await _may_look(request)
    except Condition:
        if "authorization" in request.headers:
            raise
        return False
    return True
