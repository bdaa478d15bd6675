"""`/api/admin/maintenance`: whether purchases pause, and people who begin and end it (C-8)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, Field

from chassis.app import Body, Out, Words
from chassis.audit import Actor
from chassis.database import Database
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from checkout.maintenance import store
from checkout.maintenance.domain import Maintenance, MaintenanceAction
from checkout.maintenance.errors import no_reason
from checkout.maintenance.memory import MaintenanceMemory
from checkout.maintenance.service import MaintenanceService

router = APIRouter(prefix="/api/admin/maintenance", tags=["maintenance"])


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceDeps:
    """What the routes work with.

    database: checkout's
    maintenance: begins and ends the pause
    memory: this process's copy, renewed at once by whoever changes it here
    """

    database: Database
    maintenance: MaintenanceService
    memory: MaintenanceMemory


Deps = Annotated[MaintenanceDeps, provided(MaintenanceDeps)]


class MaintenanceIn(Body):
    """Whether purchases are to pause, and why."""

    enabled: bool = Field(description="true pauses purchases, false lets them go on")
    reason: Words | None = Field(None, description="what buyers read; needed to begin")
    until: AwareDatetime | None = Field(None, description="when purchases are expected to go on")


class MaintenanceStateOut(Out):
    """Whether purchases pause."""

    enabled: bool
    reason: str | None = None
    until: datetime | None = Field(None, description="When purchases are expected to go on")
    since: datetime | None = None
    by: str | None = Field(None, description="Who began it, or changed it last")

    @classmethod
    def of(cls, maintenance: Maintenance | None) -> Self:
        if maintenance is None:
            return cls(enabled=False)
        return cls(enabled=True, **asdict(maintenance))


@router.get("")
async def state(_viewer: Annotated[Principal, Depends(require(Role.VIEWER))], deps: Deps) -> MaintenanceStateOut:
    """Whether purchases pause, as the database says."""
    return MaintenanceStateOut.of(await store.current(deps.database))


@router.post("")
async def change(
    actor: Annotated[Actor, deed(MaintenanceAction.CHANGED, Role.OPERATOR)], deps: Deps, asked: MaintenanceIn
) -> MaintenanceStateOut:
    """Begins, changes or ends the pause. Webhooks and orders that were placed go on all the time (C-8)."""
    async with deps.database.transaction() as tx:
        if not asked.enabled:
            await deps.maintenance.end(tx, actor=actor)
        elif asked.reason is None:
            raise no_reason()
        else:
            await deps.maintenance.start(tx, reason=asked.reason, until=asked.until, actor=actor)
    await deps.memory.refresh()
    return MaintenanceStateOut.of(deps.memory.current)
