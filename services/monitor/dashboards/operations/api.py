"""`/api/operations`: the figures of the operations board as JSON. For viewers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends

from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from monitor.dashboards.operations.schemas import OperationsOut
from monitor.dashboards.operations.service import OperationsBoard

router = APIRouter(tags=["operations"])


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationsDeps:
    """What the route works with. `board` gathers the figures."""

    board: OperationsBoard


@router.get("/api/operations")
async def operations(
    _viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
    deps: Annotated[OperationsDeps, provided(OperationsDeps)],
) -> OperationsOut:
    """Open alerts, services, seats, payments, webhooks, text messages and lag."""
    return OperationsOut.of(await deps.board.look())
