"""Shows a service's jobs and their runs, lets them run, ticks reminders off; each act writes an audit row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from chassis import audit
from chassis.audit import Actor
from chassis.clock import utc_text
from chassis.database import Database
from chassis.jobs import JobState, Run, Standing, store
from chassis.jobs.errors import UnknownJob
from chassis.jobs.runs import Publish, Runs
from chassis.paging import page_of
from eventbus.admin.job_models import JobList, JobView, RunPage, RunView
from eventbus.operation.actions import Action, job


class JobDesk:
    """Carries out what people ask of a service's jobs; each act is one transaction with its audit row.

    `wake`: tells the runner of this process that a job is asked for; others look for it within seconds.
    """

    def __init__(
        self, service: str, database: Database, publish: Publish, *, wake: Callable[[], None] = lambda: None
    ) -> None:
        self._service = service
        self._wake = wake
        self._database = database
        self._runs = Runs(service, publish=publish)

    async def all(self) -> JobList:
        """The service's jobs, by name."""
        known = await store.known(self._database)
        return JobList(data=[self._view(state, known.now) for state in known.jobs.values()])

    async def history(self, name: str, *, before: int | None, limit: int) -> RunPage:
        """The runs of a job, the newest first."""
        if name not in (await store.known(self._database)).jobs:
            raise UnknownJob
        rows, cursor = await page_of(
            lambda most: store.runs(self._database, name, before=before, limit=most),
            limit=limit,
            cursor=lambda run: str(run.id),
        )
        return RunPage(data=[run_view(run) for run in rows], next_cursor=cursor)

    async def run(self, name: str, *, actor: Actor) -> JobView:
        """Lets a job begin within seconds, whatever its time is."""
        async with self._database.transaction() as tx:
            known = await store.known(tx)
            state = await self._runs.ask(tx, name, person=actor.name)
            before = {"standing": state.standing(known.now), "dueAt": utc_text(state.due_at)}
            await audit.record(
                tx, Action.JOB_RUN, actor=actor, target=job(name), before=before, after={"dueAt": utc_text(known.now)}
            )
            tx.after_commit(self._wake)
        return await self._one(name)

    async def done(self, name: str, *, actor: Actor, note: str) -> JobView:
        """Ticks a reminder off."""
        async with self._database.transaction() as tx:
            known = await store.known(tx)
            state = await self._runs.tick_off(tx, name, person=actor.name, note=note)
            before, after = {"standing": state.standing(known.now)}, {"standing": Standing.WAITING}
            await audit.record(
                tx, Action.JOB_DONE, actor=actor, target=job(name), reason=note, before=before, after=after
            )
        return await self._one(name)

    async def _one(self, name: str) -> JobView:
        known = await store.known(self._database)
        return self._view(known.jobs[name], known.now)

    def _view(self, state: JobState, now: datetime) -> JobView:
        return JobView(
            service=self._service,
            name=state.name,
            purpose=state.purpose,
            reminder=state.reminder,
            schedule=state.schedule,
            at_most_seconds=round(state.at_most.total_seconds()),
            standing=state.standing(now),
            due_at=state.due_at,
            behind_seconds=round(state.behind(now).total_seconds()),
            open=run_view(state.open) if state.open else None,
            last=run_view(state.last) if state.last else None,
        )


def run_view(run: Run) -> RunView:
    """The run as the API shows it."""
    took = run.ended_at - run.began_at if run.ended_at and run.began_at else None
    return RunView(
        id=run.id,
        due_at=run.due_at,
        attempt=run.attempt,
        started_by=run.started_by,
        person=run.person,
        began_at=run.began_at,
        ended_at=run.ended_at,
        seconds=round(took.total_seconds(), 3) if took is not None else None,
        outcome=run.outcome,
        error=run.error,
        given_up=run.given_up,
        note=run.note,
        ended_by=run.ended_by,
    )
