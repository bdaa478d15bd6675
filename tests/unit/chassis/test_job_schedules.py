"""When jobs are due, over the changes of the clock and a clock that jumps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chassis.jobs import Job, JobState, MonthWork, PlannedJob, Run, Schedule, StartedBy, check_cron
from chassis.jobs.domain import LATE, next_due, started_by
from chassis.months import Month

NEW_YORK = ZoneInfo("America/New_York")
NOW = datetime(2027, 1, 12, 15, 30, tzinfo=UTC)
DAILY = Schedule("0 9 * * *", ZoneInfo("UTC"))
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.proves("O-5")
@pytest.mark.parametrize(
    ("cron", "after", "due"),
    [
        # The clock goes forward at 2:00 of 14 March 2027: that day has no 2:30.
        ("30 2 * * *", "2027-03-13T12:00", ["2027-03-14T07:00", "2027-03-15T06:30"]),
        ("30 2 * * *", "2027-03-14T07:00", ["2027-03-15T06:30"]),
        ("0 3 * * *", "2027-03-13T12:00", ["2027-03-14T07:00", "2027-03-15T07:00"]),
        # It goes back at 2:00 of 7 November 2027: that day has 1:30 twice.
        ("30 1 * * *", "2027-11-06T12:00", ["2027-11-07T05:30", "2027-11-08T06:30"]),
        ("30 1 * * *", "2027-11-07T05:30", ["2027-11-08T06:30"]),
        ("30 1 * * *", "2027-11-07T06:10", ["2027-11-08T06:30"]),
        ("30 2 * * *", "2027-11-06T12:00", ["2027-11-07T07:30", "2027-11-08T07:30"]),
        # What comes every so often goes on evenly.
        ("7 * * * *", "2027-11-07T04:30", ["2027-11-07T05:07", "2027-11-07T06:07", "2027-11-07T07:07"]),
        ("*/30 * * * *", "2027-03-14T06:15", ["2027-03-14T06:30", "2027-03-14T07:00", "2027-03-14T07:30"]),
        # Monday, the first Monday of the month, of the quarter, of the year.
        ("0 9 * * MON", "2027-01-12T15:30", ["2027-01-18T14:00", "2027-01-25T14:00"]),
        ("0 9 * * MON#1", "2027-01-12T15:30", ["2027-02-01T14:00", "2027-03-01T14:00", "2027-04-05T13:00"]),
        ("0 9 * 1,4,7,10 MON#1", "2027-01-12T15:30", ["2027-04-05T13:00", "2027-07-05T13:00"]),
        ("0 9 * 1 MON#1", "2027-01-12T15:30", ["2028-01-03T14:00", "2029-01-01T14:00"]),
    ],
)
def test_a_schedule_follows_the_clock_of_the_business(cron: str, after: str, due: list[str]) -> None:
    schedule, moment = Schedule(cron, NEW_YORK), utc(after)
    found = []
    for _ in due:
        moment = schedule.after(moment)
        found.append(moment)
    assert found == [utc(text) for text in due]


@pytest.mark.proves("O-5")
@pytest.mark.parametrize("day", ["2027-03-14", "2027-11-07"])
@pytest.mark.parametrize("hour", range(24))
@pytest.mark.parametrize("minute", [0, 30])
def test_a_daily_job_comes_once_on_the_days_of_both_changes(day: str, hour: int, minute: int) -> None:
    schedule = Schedule(f"{minute} {hour} * * *", NEW_YORK)
    began = datetime.fromisoformat(day).replace(tzinfo=NEW_YORK).astimezone(UTC) - MINUTE
    first = schedule.after(began)
    assert first.astimezone(NEW_YORK).date().isoformat() == day
    assert schedule.after(first).astimezone(NEW_YORK).date().isoformat() > day


def test_a_schedule_is_read_as_it_was_written() -> None:
    schedule = Schedule("0 9 * * MON#1", NEW_YORK)
    assert Schedule.read(str(schedule)) == schedule


@pytest.mark.parametrize("text", ["", "9:00", "0 9 * *", "0 0 9 * * *", "0 25 * * *", "0 9 31 2 *", "0 9 * * MON#9"])
def test_what_is_no_time_or_never_comes_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="in cron form"):
        check_cron(text)


@pytest.mark.proves("O-5")
@pytest.mark.parametrize(
    ("last", "now", "due"),
    [
        (None, "2027-01-12T08:00", "2027-01-12T09:00"),
        ("2027-01-11T09:00", "2027-01-12T08:00", "2027-01-12T09:00"),
        ("2027-01-12T09:00", "2027-01-12T09:00", "2027-01-13T09:00"),
        # The clock was set back over the moment of the last run, which doesn't come again.
        ("2027-01-12T09:00", "2027-01-12T08:50", "2027-01-13T09:00"),
        # It was far ahead, and what ran then counts no longer.
        ("2028-06-01T09:00", "2027-01-12T08:50", "2027-01-12T09:00"),
    ],
)
def test_the_next_moment_heeds_the_last_one(last: str | None, now: str, due: str) -> None:
    assert next_due(DAILY, now=utc(now), last=utc(last) if last else None) == utc(due)


@pytest.mark.parametrize(
    ("due_at", "last", "cron", "planned"),
    [
        ("2027-01-13T09:00", "2027-01-12T09:00", "0 9 * * *", "2027-01-13T09:00"),  # nothing has changed
        ("2027-01-12T09:00", "2027-01-11T09:00", "0 9 * * *", "2027-01-12T09:00"),  # missed: it stays due
        ("2027-01-12T09:00", "2027-01-11T09:00", "0 18 * * *", "2027-01-12T09:00"),  # also when times change
        ("2027-01-13T09:00", "2027-01-12T09:00", "0 18 * * *", "2027-01-12T18:00"),  # sooner
        ("2027-01-13T09:00", "2027-01-12T09:00", "0 9 * * MON", "2027-01-18T09:00"),  # later
        ("2028-06-02T09:00", "2028-06-01T09:00", "0 9 * * *", "2027-01-13T09:00"),  # the clock was far ahead
    ],
)
def test_times_that_change_are_planned_anew(due_at: str, last: str, cron: str, planned: str) -> None:
    state = known(due_at=utc(due_at), last_due_at=utc(last))
    assert state.planned_anew(Schedule(cron, ZoneInfo("UTC")), NOW) == utc(planned)


@pytest.mark.proves("O-5")
def test_a_job_is_late_when_nobody_is_at_it() -> None:
    due, late = NOW - HOUR, LATE + MINUTE
    assert known(due_at=NOW + HOUR).behind(NOW) == timedelta(0)
    assert known(due_at=due).behind(NOW) == HOUR
    assert known(due_at=due).late(NOW)
    assert not known(due_at=NOW - LATE).late(NOW)
    assert not known(open=run(due_at=due, began_at=due, lease_until=NOW + MINUTE)).late(NOW)
    assert known(open=run(due_at=NOW - late)).late(NOW)
    assert not known(reminder=True, open=run(due_at=due, began_at=due)).late(NOW)
    assert known(reminder=True, open=run(due_at=due)).late(NOW)


def test_a_run_is_taken_in_its_time_or_when_its_process_is_silent() -> None:
    assert run(begins_at=NOW).to_take(NOW)
    assert not run(begins_at=NOW + MINUTE).to_take(NOW)
    assert not run(lease_until=NOW + MINUTE).to_take(NOW)
    assert run(lease_until=NOW).to_take(NOW)


def test_what_begins_late_is_caught_up() -> None:
    assert started_by(NOW - LATE, NOW) is StartedBy.SCHEDULE
    assert started_by(NOW - LATE - MINUTE, NOW) is StartedBy.CATCH_UP


def test_a_job_that_changed_is_noticed() -> None:
    async def work() -> None: ...

    job = Job(name="count", purpose="Counts.", at_most=HOUR, work=work)
    assert known().describes(PlannedJob(job, DAILY))
    assert not known().describes(PlannedJob(job, Schedule("0 9 * * *", NEW_YORK)))
    assert not known(purpose="Counts more.").describes(PlannedJob(job, DAILY))


@pytest.mark.asyncio
@pytest.mark.proves("O-5")
@pytest.mark.parametrize(
    ("due_at", "expected"),
    [
        (datetime(2026, 12, 1, 4, 59, tzinfo=UTC), "2026-10"),  # it is November in New York still
        (datetime(2026, 12, 1, 5, 0, tzinfo=UTC), "2026-11"),
        (datetime(2027, 1, 1, 5, 0, tzinfo=UTC), "2026-12"),
        (datetime(2027, 1, 31, 23, 0, tzinfo=UTC), "2026-12"),
    ],
)
async def test_work_on_a_month_gets_the_one_that_had_ended_when_the_run_was_due(
    due_at: datetime, expected: str
) -> None:
    seen: list[str] = []

    async def work(month: Month) -> None:
        seen.append(month.name)

    await Job(name="count", purpose="Counts.", at_most=HOUR, work=MonthWork(NEW_YORK, work)).begun(due_at)
    assert seen == [expected]


MONDAYS = "0 9 * * MON#1"


@pytest.mark.proves("O-5")
@pytest.mark.parametrize(
    ("cron", "due_at", "now", "following"),
    [
        (MONDAYS, "2027-01-04T14:00", "2027-01-04T14:01", "2027-02-01T14:00"),  # in time
        (MONDAYS, "2027-01-04T14:00", "2027-04-20T12:00", "2027-02-01T14:00"),  # the next month, which was missed, too
        (MONDAYS, "2027-04-05T13:00", "2027-04-20T12:00", "2027-05-03T13:00"),
        ("0 0 1 * *", "2027-01-01T05:00", "2027-04-20T12:00", "2027-02-01T05:00"),
        ("0 9 * * *", "2027-01-30T14:00", "2027-04-20T12:00", "2027-02-01T14:00"),  # once a month is made up for
        ("0 9 * * *", "2027-04-01T13:00", "2027-04-20T12:00", "2027-04-20T13:00"),
        (MONDAYS, "2020-01-06T14:00", "2027-04-20T12:00", "2026-05-04T13:00"),  # none that is older than a year
    ],
)
def test_each_month_that_was_missed_is_made_up_for(cron: str, due_at: str, now: str, following: str) -> None:
    async def work(_month: Month) -> None: ...

    job = Job(name="count", purpose="Counts.", at_most=HOUR, work=MonthWork(NEW_YORK, work))
    assert PlannedJob(job, Schedule(cron, NEW_YORK)).following(utc(due_at), utc(now)) == utc(following)


def known(**other: Any) -> JobState:
    values: dict[str, Any] = {
        "name": "count",
        "purpose": "Counts.",
        "reminder": False,
        "schedule": str(DAILY),
        "at_most": HOUR,
        "due_at": NOW + DAY,
        "last_due_at": None,
        "declared_at": NOW,
        "open": None,
        "last": None,
    }
    return JobState(**{**values, **other})


def run(**other: Any) -> Run:
    values: dict[str, Any] = {
        "id": 1,
        "job": "count",
        "due_at": NOW,
        "attempt": 1,
        "started_by": StartedBy.SCHEDULE,
        "person": "",
        "begins_at": NOW,
        "began_at": None,
        "lease_until": None,
        "ended_at": None,
        "outcome": None,
        "error": "",
        "given_up": False,
        "note": "",
        "ended_by": "",
    }
    return Run(**{**values, **other})
