"""What a job is, what is known of it, and what is to be done about it now. Pure."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from chassis.jobs.schedule import Schedule
from chassis.months import Month

# How often a run is tried, and how long after the end of a failed try the next one begins.
PAUSES: Final = (timedelta(minutes=1), timedelta(minutes=5))
# How late a run may begin and still be the schedule's own; from here on it is caught up.
LATE: Final = timedelta(minutes=15)
# When somebody is reminded again of what is still to be done.
REMIND_AGAIN: Final = timedelta(days=1)
# How old a month may be that is still made up for.
MAKES_UP: Final = timedelta(days=366)
_A_MOMENT: Final = timedelta(seconds=1)
# A clock that was set back by more than this was wrong before: what it said of last runs counts no longer.
SET_BACK: Final = timedelta(days=1)


class Outcome(StrEnum):
    """How a run ended."""

    DONE = "done"
    FAILED = "failed"
    LOST = "lost"  # its process died, or was silent for a lease
    INTERRUPTED = "interrupted"  # by an outage or an ordered stop, which are no run's fault


class StartedBy(StrEnum):
    """What a run follows from."""

    SCHEDULE = "schedule"
    CATCH_UP = "catch_up"
    PERSON = "person"


class Standing(StrEnum):
    """How a job stands, in a word."""

    WAITING = "waiting"
    RUNNING = "running"
    OPEN = "open"  # a person has been reminded, and not ticked it off
    LATE = "late"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class MonthWork:
    """Work on the calendar month that had ended when a run was due, however late and however often it is done.

    Of months that were missed each is made up for by a run of its own, the oldest first; of none older than a year.

    zone: whose clock tells months
    work: does it
    """

    zone: ZoneInfo
    work: Callable[[Month], Awaitable[None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Work that is due at set times; schedules.yaml says at which.

    name: what people call it, unique in the service: `forget-refusals`
    purpose: what it does, as a sentence
    at_most: how long a run may take; then it is cancelled, and another process may begin
    work: does it; safe to repeat, since a process may die in the middle. Of a reminder: reminds people
    reminder: whether a person does it, and ticks it off
    """

    name: str
    purpose: str
    at_most: timedelta
    work: Callable[[], Awaitable[None]] | MonthWork
    reminder: bool = False

    def begun(self, due_at: datetime) -> Awaitable[None]:
        """The work for the moment that a run is for."""
        if isinstance(self.work, MonthWork):
            return self.work.work(Month.ended_before(due_at, self.work.zone))
        return self.work()


@dataclass(frozen=True, slots=True)
class PlannedJob:
    """A job with its times.

    job: the job
    schedule: when it is due
    """

    job: Job
    schedule: Schedule

    def following(self, due_at: datetime, now: datetime) -> datetime:
        """When it is due after the run for a moment. One run is for all that was missed, or for a month of it."""
        work = self.job.work
        if isinstance(work, MonthWork):
            month = Month.containing(max(due_at, now - MAKES_UP), work.zone)
            missed = self.schedule.after(month.until - _A_MOMENT)
            if missed <= now:
                return missed
        return next_due(self.schedule, now=now, last=due_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One try of a job, or the wait for it.

    id: in the order in which they were planned
    job: the job's name
    due_at: the moment that it is for
    attempt: 1 for the first try; of a reminder: how often people were reminded
    started_by: what it follows from
    person: who started it, if somebody did
    begins_at: when it may begin, or when people are reminded again
    began_at: when it began
    lease_until: until when its process has it; None while nobody works on it
    ended_at, outcome: when and how it ended
    error: the kind of the error that it failed with
    given_up: whether no other try follows from its failure
    note: what the person wrote who ticked it off
    ended_by: who ticked it off
    """

    id: int
    job: str
    due_at: datetime
    attempt: int
    started_by: StartedBy
    person: str
    begins_at: datetime
    began_at: datetime | None
    lease_until: datetime | None
    ended_at: datetime | None
    outcome: Outcome | None
    error: str
    given_up: bool
    note: str
    ended_by: str

    def to_take(self, now: datetime) -> bool:
        """Whether a process may work on it now: it waits for its time, or whoever had it was silent for too long."""
        return self.begins_at <= now if self.lease_until is None else self.lease_until <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """What is known of a job.

    name: the job's
    purpose: what it does
    reminder: whether a person does it
    schedule: when it is due, as it was planned with
    at_most: how long a run may take
    due_at: when it is due next
    last_due_at: the moment that the last run by schedule was for
    declared_at: when a process last said that there is this job
    open: the run that waits or is under way
    last: the last run that has ended
    """

    name: str
    purpose: str
    reminder: bool
    schedule: str
    at_most: timedelta
    due_at: datetime
    last_due_at: datetime | None
    declared_at: datetime
    open: Run | None
    last: Run | None

    @property
    def failed(self) -> bool:
        """Whether its last run was given up."""
        return self.last is not None and self.last.given_up

    def behind(self, now: datetime) -> timedelta:
        """How long it has been due without anybody at it; nothing while it runs, or waits for a person."""
        if self.open is None:
            return max(timedelta(0), now - self.due_at)
        if self.open.lease_until is not None or (self.reminder and self.open.began_at is not None):
            return timedelta(0)
        return max(timedelta(0), now - self.open.due_at)

    def late(self, now: datetime) -> bool:
        """Whether it should have run by now."""
        return self.behind(now) > LATE

    def standing(self, now: datetime) -> Standing:
        """How it stands now."""
        if self.reminder and self.open is not None and self.open.began_at is not None:
            return Standing.OPEN
        if self.open is not None and self.open.lease_until is not None:
            return Standing.RUNNING
        if self.late(now):
            return Standing.LATE
        return Standing.FAILED if self.failed else Standing.WAITING

    def to_take(self, now: datetime) -> bool:
        """Whether a process may begin a run now."""
        return self.open.to_take(now) if self.open else self.due_at <= now

    def describes(self, planned: PlannedJob) -> bool:
        """Whether the job is still what was written down."""
        job = planned.job
        written = (self.purpose, self.reminder, self.at_most, self.schedule)
        return written == (job.purpose, job.reminder, job.at_most, str(planned.schedule))

    def planned_anew(self, schedule: Schedule, now: datetime) -> datetime:
        """When it is due next, where schedule or clock have changed. What was missed stays due."""
        if self.due_at <= now:
            return self.due_at
        expected = next_due(schedule, now=now, last=self.last_due_at)
        return expected if self.schedule != str(schedule) else min(self.due_at, expected)


def next_due(schedule: Schedule, *, now: datetime, last: datetime | None) -> datetime:
    """The next moment for a run. What ran already doesn't come again when the clock is set back a little."""
    if last is None or last - now > SET_BACK:
        return schedule.after(now)
    return schedule.after(max(now, last))


def started_by(due_at: datetime, now: datetime) -> StartedBy:
    """Whether a run that begins now is the schedule's own, or caught up."""
    return StartedBy.SCHEDULE if now - due_at <= LATE else StartedBy.CATCH_UP
