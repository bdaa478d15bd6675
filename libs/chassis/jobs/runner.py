"""Runs a service's jobs: each by one process at a time, by a lease on its row."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.database import Database, is_outage
from chassis.due_rows import DueRows
from chassis.jobs import store
from chassis.jobs.domain import Job, Outcome
from chassis.telemetry import get_logger

log = get_logger()

LOOK: Final = timedelta(seconds=5)


class JobRunner:
    """Runs what is due; `due` is kept by the service's background.

    A run that fails or takes too long is kept as failed and comes again at its next time. A process that dies in the
    middle leaves its job to the others, once the lease has ended. An outage of the database fails no run.
    """

    def __init__(self, jobs: Sequence[Job], *, database: Database, look: timedelta = LOOK) -> None:
        self._jobs = {job.name: job for job in jobs}
        if len(self._jobs) < len(jobs):
            raise ValueError("two jobs have the same name")
        self._database = database
        self.due = DueRows("jobs", claim=self._claim, work=self._run, at_once=1, poll=look, ready=self._known)

    async def _known(self) -> None:
        await store.know(self._database, list(self._jobs.values()))

    async def _claim(self, room: int) -> Sequence[Job]:
        return [self._jobs[name] for name in await store.claim(self._database, list(self._jobs.values()), limit=room)]

    async def _run(self, job: Job) -> None:
        try:
            async with asyncio.timeout(job.at_most.total_seconds()):
                await job.work()
        except Exception as error:
            if is_outage(error) and not isinstance(error, TimeoutError):
                raise
            log.exception("background_task_failed", task=job.name)
            await store.end(self._database, job, Outcome.FAILED, error=type(error).__name__)
        else:
            await store.end(self._database, job, Outcome.DONE)
