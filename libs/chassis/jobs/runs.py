"""Use cases of runs: each takes a transaction, changes the rows and says as an event what has ended."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from chassis.database import Transaction
from chassis.jobs import store
from chassis.jobs.domain import (
    PAUSES,
    REMIND_AGAIN,
    JobState,
    Outcome,
    PlannedJob,
    Run,
    StartedBy,
    next_due,
    started_by,
)
from chassis.jobs.errors import JobRunning, NoReminder, UnknownJob
from chassis.jobs.schedule import Schedule
from events import JobFinished

# As `Outbox.publish`.
Publish = Callable[[Transaction, JobFinished], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How soon things follow each other.

    look: how often a process looks for what is due
    lease: how long a run is a process's own without a sign of life
    beat: how often it gives one
    pauses: how long after each failed try the next one begins; there is one try more than these
    remind_again: when people are reminded again
    declare: how often a process says which jobs there are
    """

    look: timedelta = timedelta(seconds=5)
    lease: timedelta = timedelta(seconds=60)
    beat: timedelta = timedelta(seconds=15)
    pauses: tuple[timedelta, ...] = PAUSES
    remind_again: timedelta = REMIND_AGAIN
    declare: timedelta = timedelta(hours=1)


PACE: Final = Pace()


class Runs:
    """What becomes of a service's runs. `publish` writes an event in the transaction that makes it true."""

    def __init__(self, service: str, *, publish: Publish, pace: Pace = PACE) -> None:
        self._service = service
        self._publish = publish
        self._pace = pace

    async def declare(self, tx: Transaction, planned: PlannedJob) -> None:
        """Says that there is this job, and when it is due next; a new one has missed nothing."""
        found = await store.locked(tx, planned.job.name, patient=True)
        if found is None:
            await store.add(tx, planned, due_at=planned.schedule.after(await store.now(tx)))
        else:
            now, state = found
            await store.change(tx, planned, due_at=state.planned_anew(planned.schedule, now))
        await store.forget_undeclared(tx)

    async def take(self, tx: Transaction, planned: PlannedJob) -> Run | None:
        """Begins the run that is due; None when another process is faster, or when the next try is yet to begin."""
        found = await store.locked(tx, planned.job.name)
        if found is None or not found[1].to_take(found[0]):
            return None
        now, state = found
        if state.open is None:
            run_id = await self._due(tx, state, planned, now)
        elif state.open.lease_until is None:
            run_id = state.open.id
        else:
            await self.end(tx, state.open, Outcome.LOST, reminder=state.reminder)
            return None
        return await store.begin(tx, run_id, lease=self._pace.lease)

    async def _due(self, tx: Transaction, state: JobState, planned: PlannedJob, now: datetime) -> int:
        """The run for the moment that is due, and for all that have passed since and are not made up for one by one."""
        await store.due_is_taken(tx, state.name, next_due=planned.following(state.due_at, now))
        why = started_by(state.due_at, now)
        return await store.plan(tx, state.name, due_at=state.due_at, started_by=why)

    async def ask(self, tx: Transaction, name: str, *, person: str) -> JobState:
        """Lets a job begin now, because a person wants it; raises UnknownJob and JobRunning."""
        now, state = await _job(tx, name)
        if state.open is None:
            await store.plan(tx, name, due_at=now, started_by=StartedBy.PERSON, person=person)
        elif state.open.lease_until is None or state.open.lease_until <= now:
            await store.begin_now(tx, state.open.id)
        else:
            raise JobRunning
        return state

    async def tick_off(self, tx: Transaction, name: str, *, person: str, note: str) -> JobState:
        """Notes that a person has done what people are reminded of; raises UnknownJob and NoReminder.

        What came to be due meanwhile is done as well: nobody is reminded of it right after.
        """
        now, state = await _job(tx, name)
        if not state.reminder:
            raise NoReminder
        run_id = (
            state.open.id
            if state.open
            else await store.plan(tx, name, due_at=now, started_by=StartedBy.PERSON, person=person)
        )
        if state.due_at <= now:
            following = next_due(Schedule.read(state.schedule), now=now, last=state.due_at)
            await store.due_is_taken(tx, name, next_due=following)
        ended = await store.end(tx, run_id, Outcome.DONE, note=note, ended_by=person)
        if ended is not None:
            await self._publish(tx, finished(self._service, ended))
        return state

    async def reminded(self, tx: Transaction, run: Run) -> None:
        """Leaves a reminder open: people were reminded, and will be again."""
        await store.remind_later(tx, run.id, again=self._pace.remind_again)

    async def end(
        self, tx: Transaction, run: Run, outcome: Outcome, *, error: str = "", reminder: bool = False
    ) -> bool:
        """Ends a try, and plans the one that follows where one does; False when somebody else has ended it.

        Failures and losses are counted, and a job is given up after so many; nobody gives up reminding people. After a
        loss or an ordered stop somebody else goes on at once.
        """
        counted = outcome in {Outcome.FAILED, Outcome.LOST}
        given_up = counted and not reminder and run.attempt > len(self._pace.pauses)
        ended = await store.end(tx, run.id, outcome, error=error, given_up=given_up)
        if ended is None:
            return False
        if outcome is not Outcome.DONE and not given_up:
            pause = self._pause(run, counted=counted) if error else timedelta(0)
            await self._again(tx, run, attempt=run.attempt + int(counted), pause=pause)
        await self._publish(tx, finished(self._service, ended))
        return True

    async def _again(self, tx: Transaction, run: Run, *, attempt: int, pause: timedelta) -> None:
        await store.plan(
            tx,
            run.job,
            due_at=run.due_at,
            attempt=attempt,
            started_by=run.started_by,
            person=run.person,
            pause=pause,
        )

    def _pause(self, run: Run, *, counted: bool) -> timedelta:
        """The time that failures and outages are given to pass; an outage, which has no end of tries, the longest."""
        pauses = self._pace.pauses or (timedelta(0),)
        return pauses[min(run.attempt, len(pauses)) - 1] if counted else pauses[-1]


async def _job(tx: Transaction, name: str) -> tuple[datetime, JobState]:
    found = await store.locked(tx, name, patient=True)
    if found is None:
        raise UnknownJob
    return found


def finished(service: str, run: Run) -> JobFinished:
    """The event of a run that has ended."""
    if run.ended_at is None or run.outcome is None:
        raise ValueError("the run has not ended")
    return JobFinished(
        service=service,
        job=run.job,
        run=run.id,
        outcome=run.outcome,
        error=run.error,
        attempt=run.attempt,
        given_up=run.given_up,
        started_by=run.started_by,
        due_at=run.due_at,
        began_at=run.began_at or run.ended_at,
        occurred_at=run.ended_at,
    )
