"""`POST /api/admin/{service}/debug/{kind}`: a look into a running process (O-6).

The route is part of what every service has below `/api/admin/{service}` (`eventbus.admin`); its host gives the deps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter

from chassis.audit import Actor
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.openapi import conditions
from chassis.inspection.errors import InspectionUnderWay
from chassis.inspection.schemas import InspectionOut, Kind, Wish
from chassis.inspection.service import Action, Inspector
from chassis.tokens import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class InspectionDeps:
    """What the route works with: who looks into this process."""

    inspector: Inspector


def inspection_router(root: str) -> APIRouter:
    """Builds the route below `root`."""
    router = APIRouter(prefix=root, tags=["debug"])
    router.add_api_route(
        "/debug/{kind}",
        inspect,
        methods=["POST"],
        summary="Look into the process that answers",
        responses=conditions(InspectionUnderWay),
    )
    return router


async def inspect(
    kind: Kind,
    wish: Wish,
    deps: Annotated[InspectionDeps, provided(InspectionDeps)],
    actor: Annotated[Actor, deed(Action.INSPECTED, Role.ADMIN, target="process:{kind}")],
) -> InspectionOut:
    """The process goes on with its work, more slowly while its profile or heap is looked at."""
    return await deps.inspector.inspect(kind, seconds=wish.seconds, actor=actor)
