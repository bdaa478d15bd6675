"""`GET /api/admin/jobs`: the jobs of all services. What people do about one is asked of its own service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Response
from pydantic import Field

from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Principal, Role
from eventbus.admin.job_models import JobView
from eventbus.admin.models import Wire
from monitor.jobs.gathering import Ask, gathered

router = APIRouter(tags=["jobs"])


@dataclass(frozen=True, slots=True, kw_only=True)
class AllJobsDeps:
    """What the route works with.

    asked: how the jobs of each service are asked for
    """

    asked: Mapping[str, Ask]


class AllJobs(Wire):
    """The jobs of all services."""

    data: list[JobView]
    next_cursor: Annotated[None, Field(description="all are in one page")] = None
    silent: Annotated[list[str], Field(description="services that did not answer; their jobs are missing here")]


@router.get("/api/admin/jobs", summary="Jobs of all services with their times, last runs and outcomes")
async def all_jobs(
    response: Response,
    deps: Annotated[AllJobsDeps, provided(AllJobsDeps)],
    _viewer: Annotated[Principal, Depends(require(Role.VIEWER))],
) -> AllJobs:
    """One runs at `POST /api/admin/{service}/jobs/{name}/run`, and is ticked off at `…/done`."""
    response.headers["Cache-Control"] = "no-store"
    told = await gathered(deps.asked)
    return AllJobs(
        data=[job for jobs in told.values() if jobs for job in jobs.data],
        silent=[service for service, jobs in told.items() if jobs is None],
    )
