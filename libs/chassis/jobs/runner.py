"""Runs a service's jobs: each by one process at a time, by a lease on its run that is renewed while it works."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from chassis.crashpoints import crashpoint
from chassis.database import Database
from chassis.database_outages import is_outage
from chassis.due_rows import DueRows
from chassis.errors import Unavailable
from chassis.jobs import store
from chassis.jobs.domain import Job, JobState, Outcome, PlannedJob, Run
from chassis.jobs.runs import PACE, Pace, Publish, Runs
from chassis.telemetry import get_logger

log = get_logger()

_AT_ONCE: Final = 2

Claimed = tuple[Job, Run]


class JobRunner:
    """Runs what is due; `due` is kept by the service's background.

    `planned`: the jobs with their times that are in force, by name. A try that fails or takes too long is followed by
    others, after pauses, until the run is given up. A process that dies or falls silent in the middle leaves its run to
    the others, once its lease has ended; what it then still says of the run counts no longer. An outage fails no run,
    nor does an ordered stop: it begins again.

    `behind`: seconds by job that is late, and `failed`: jobs whose last run was given up, as of the last look.
    """

    def __init__(
        self,
        planned: Callable[[], Mapping[str, PlannedJob]],
        *,
        service: str,
        database: Database,
        publish: Publish,
        pace: Pace = PACE,
    ) -> None:
        self._planned = planned
        self._database = database
        self._runs = Runs(service, publish=publish, pace=pace)
        self._pace = pace
        self.due = DueRows("jobs", claim=self._claim, work=self._run, at_once=_AT_ONCE, poll=pace.look)
        self.behind: Mapping[str, float] = {}
        self.failed: Sequence[str] = ()

    async def _claim(self, room: int) -> Sequence[Claimed]:
        planned, known = self._planned(), await store.known(self._database)
        self._note([state for name, state in known.jobs.items() if name in planned], known)
        claimed: list[Claimed] = []
        for name, each in planned.items():
            state = known.jobs.get(name)
            if state is None or self._stale(state, each, known):
                await self._declare(each)
            elif state.to_take(known.now) and len(claimed) < room:
                claimed.extend(await self._take(each))
        return claimed

    def _note(self, states: Sequence[JobState], known: store.Known) -> None:
        self.behind = {each.name: each.behind(known.now).total_seconds() for each in states if each.late(known.now)}
        self.failed = tuple(each.name for each in states if each.failed)

    def _stale(self, state: JobState, planned: PlannedJob, known: store.Known) -> bool:
        """Whether the job, its times or the clock have changed, or it has not been declared for a while."""
        if known.now - state.declared_at > self._pace.declare or not state.describes(planned):
            return True
        return state.planned_anew(planned.schedule, known.now) != state.due_at

    async def _declare(self, planned: PlannedJob) -> None:
        async with self._database.transaction() as tx:
            await self._runs.declare(tx, planned)

    async def _take(self, planned: PlannedJob) -> Sequence[Claimed]:
        crashpoint("jobs.before_claim")
        async with self._database.transaction() as tx:
            run = await self._runs.take(tx, planned)
        return [(planned.job, run)] if run else []

    async def _run(self, claimed: Claimed) -> None:
        job, run = claimed
        crashpoint("jobs.before_work")
        try:
            async with self._held(job, run):
                await job.begun(run.due_at)
        except asyncio.CancelledError:
            await self._ended(job, run, Outcome.INTERRUPTED)
            raise
        except Exception as error:  # noqa: BLE001 whatever a job fails with is its outcome
            await self._ended(job, run, _outcome_of(job, error), error=type(error).__name__)
        else:
            crashpoint("jobs.after_work")
            await self._worked(job, run)
            crashpoint("jobs.after_end")

    async def _worked(self, job: Job, run: Run) -> None:
        if not job.reminder:
            await self._ended(job, run, Outcome.DONE)
            return
        async with self._database.transaction() as tx:
            await self._runs.reminded(tx, run)

    async def _ended(self, job: Job, run: Run, outcome: Outcome, *, error: str = "") -> None:
        async with self._database.transaction() as tx:
            ours = await self._runs.end(tx, run, outcome, error=error, reminder=job.reminder)
        if not ours:
            log.warning("job_overtaken", task=job.name)

    @asynccontextmanager
    async def _held(self, job: Job, run: Run) -> AsyncIterator[None]:
        """Keeps the lease while the block works; cancels the block when it takes too long, or lost the lease."""
        async with asyncio.timeout(job.at_most.total_seconds()) as limit:
            beating = asyncio.create_task(self._beat(job, run, limit))
            try:
                yield
            finally:
                beating.cancel()

    async def _beat(self, job: Job, run: Run, limit: asyncio.Timeout) -> None:
        """Ends with the time that the job may take: work that heeds no cancel must not keep the job for ever."""
        end = limit.when() or 0
        while (left := end - asyncio.get_running_loop().time()) > 0:
            await asyncio.sleep(min(self._pace.beat.total_seconds(), left))
            with suppress(Unavailable):
                if not await store.hold(self._database, run.id, lease=self._pace.lease):
                    log.warning("job_overtaken", task=job.name)
                    limit.reschedule(0)
                    return


def _outcome_of(job: Job, error: Exception) -> Outcome:
    if is_outage(error) and not isinstance(error, TimeoutError):
        return Outcome.INTERRUPTED
    log.error("background_task_failed", task=job.name, exc_info=error)
    return Outcome.FAILED
