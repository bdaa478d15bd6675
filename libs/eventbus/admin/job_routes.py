"""Defines the routes of a service's jobs: those for people, and the one at which the monitor asks for all."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Body, Depends, Path, Query, Request

from chassis.audit import Actor
from chassis.http.deeds import deed
from chassis.http.guards import internal, require
from chassis.http.openapi import conditions
from chassis.jobs.errors import JobRunning, NoReminder, UnknownJob
from chassis.tokens import Principal, Role
from eventbus.admin.job_models import JobList, JobView, RunPage, RunQuery, Ticked
from eventbus.admin.jobs import JobDesk
from eventbus.bus import Bus
from eventbus.operation.actions import Action

Viewer = Annotated[Principal, Depends(require(Role.VIEWER))]
Name = Annotated[str, Path(max_length=100, pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$")]
_JOB: Final = "job:{name}"


def job_desk(service: str, bus: Bus) -> JobDesk:
    """Where the service's jobs are looked at."""
    return JobDesk(service, bus.database, bus.outbox.publish)


def desk_of(service: str, request: Request) -> JobDesk:
    """Where people act on the service's jobs; what they let run this process begins at once, if it runs jobs."""
    bus: Bus = request.app.state.bus
    return JobDesk(service, bus.database, bus.outbox.publish, wake=request.app.state.wake_jobs)


def internal_router(service: str) -> APIRouter:
    """Builds the route at which the monitor asks for the jobs of `service`."""
    router = APIRouter(prefix="/internal/jobs", dependencies=[Depends(internal(service))])

    @router.get("")
    async def jobs(request: Request) -> JobList:
        return await job_desk(service, request.app.state.bus).all()

    return router


def job_router(service: str) -> APIRouter:
    """Builds the routes of the jobs of `service`: viewers look, operators act."""
    router = APIRouter(prefix=f"/api/admin/{service}/jobs", tags=["jobs"])

    @router.get("", summary="Jobs with their times, last runs and outcomes")
    async def jobs(request: Request, _viewer: Viewer) -> JobList:
        return await job_desk(service, request.app.state.bus).all()

    @router.get(
        "/{name}/runs",
        summary="What became of a job's runs, the newest first (X-3)",
        responses=conditions(UnknownJob),
    )
    async def runs(name: Name, request: Request, query: Annotated[RunQuery, Query()], _viewer: Viewer) -> RunPage:
        before = int(query.cursor) if query.cursor else None
        return await job_desk(service, request.app.state.bus).history(name, before=before, limit=query.limit)

    @router.post("/{name}/run", summary="Let a job begin within seconds", responses=conditions(UnknownJob, JobRunning))
    async def run(
        name: Name, request: Request, actor: Annotated[Actor, deed(Action.JOB_RUN, Role.OPERATOR, target=_JOB)]
    ) -> JobView:
        return await desk_of(service, request).run(name, actor=actor)

    @router.post("/{name}/done", summary="Tick a reminder off", responses=conditions(UnknownJob, NoReminder))
    async def done(
        name: Name,
        ticked: Annotated[Ticked, Body()],
        request: Request,
        actor: Annotated[Actor, deed(Action.JOB_DONE, Role.OPERATOR, target=_JOB)],
    ) -> JobView:
        return await desk_of(service, request).done(name, actor=actor, note=ticked.note)

    return router
