"""`POST /api/admin/backup`: an admin lets a backup begin; what became of it is the job's history."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Request

from chassis.app import Body
from chassis.audit import Actor
from chassis.http.deeds import deed
from chassis.http.openapi import conditions
from chassis.jobs.errors import JobRunning, UnknownJob
from chassis.tokens import Role
from eventbus.admin import desk_of
from eventbus.admin.job_models import JobView
from eventbus.operation.actions import Action
from monitor.backups.jobs import BACKUP

router = APIRouter(tags=["backups"])


class BackupAsked(Body):
    """A backup of everything: there is nothing to choose."""


@router.post(
    "/api/admin/backup",
    status_code=HTTPStatus.ACCEPTED,
    summary="Let a backup of all databases begin within seconds",
    responses=conditions(UnknownJob, JobRunning),
)
async def back_up(
    request: Request,
    actor: Annotated[Actor, deed(Action.JOB_RUN, Role.ADMIN, target=f"job:{BACKUP}")],
    asked: BackupAsked | None = None,  # noqa: ARG001 whatever else it asks for is refused
) -> JobView:
    """The job `backup`; `GET /api/admin/monitor/jobs/backup/runs` says how it ended."""
    return await desk_of("monitor", request).run(BACKUP, actor=actor)
