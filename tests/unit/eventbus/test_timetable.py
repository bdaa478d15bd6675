"""Rooms say which jobs there are, schedules.yaml says when; one without the other is refused."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from chassis.jobs import Job
from config import ConfigError, Reminder, Schedules
from eventbus.operation.jobs import Timetable

ZONE = ZoneInfo("America/New_York")


async def work() -> None: ...


COUNT = Job(name="count", purpose="Counts.", at_most=timedelta(minutes=1), work=work)


def times(**jobs: str) -> Schedules:
    return Schedules(jobs={"checkout": jobs, "monitor": {"other": "0 9 * * *"}})


@pytest.mark.proves("O-5", "O-13")
def test_each_job_has_the_time_of_its_line() -> None:
    timetable = Timetable("checkout", [COUNT], schedules=lambda: times(count="30 2 * * *"), zone=ZONE)
    assert {name: str(each.schedule) for name, each in timetable.planned().items()} == {
        "count": "30 2 * * * America/New_York"
    }


@pytest.mark.proves("O-5", "O-13")
@pytest.mark.parametrize(
    ("jobs", "says"),
    [
        ({}, "schedules.yaml: jobs.checkout.count: is missing; say when this job is due"),
        (
            {"count": "0 9 * * *", "cuont": "0 9 * * *"},
            "schedules.yaml: jobs.checkout.cuont: is no job of checkout; remove it",
        ),
    ],
)
def test_a_job_without_a_time_and_a_time_without_a_job_are_refused(jobs: dict[str, str], says: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Timetable("checkout", [COUNT], schedules=lambda: times(**jobs), zone=ZONE)
    assert str(refused.value).startswith(says)


@pytest.mark.proves("O-13")
def test_times_are_those_of_the_file_as_it_is_now_and_of_the_last_that_fits() -> None:
    files = [times(count="0 9 * * *")]
    timetable = Timetable("checkout", [COUNT], schedules=lambda: files[-1], zone=ZONE)
    files.append(times(count="0 10 * * *"))
    assert timetable.planned()["count"].schedule.cron == "0 10 * * *"
    files.append(times(cuont="0 11 * * *"))
    assert timetable.planned()["count"].schedule.cron == "0 10 * * *"


@pytest.mark.proves("O-5", "O-13")
def test_reminders_are_jobs_of_the_service_that_reminds_people() -> None:
    def remind(name: str, reminder: Reminder) -> Job:
        return Job(name=name, purpose=reminder.text, at_most=timedelta(minutes=1), work=work, reminder=True)

    training = {"at": "0 9 * 1 MON#1", "text": "Train the people on call."}
    files = [Schedules(jobs={"checkout": {"count": "0 9 * * *"}}, reminders={"training": training})]
    quiet = Timetable("checkout", [COUNT], schedules=lambda: files[-1], zone=ZONE)
    reminding = Timetable("checkout", [COUNT], schedules=lambda: files[-1], zone=ZONE, remind=remind)
    assert set(quiet.planned()) == {"count"}
    planned = reminding.planned()["training"]
    assert (planned.job.purpose, planned.job.reminder, planned.schedule.cron) == (
        training["text"],
        True,
        training["at"],
    )
    files.append(Schedules(jobs={"checkout": {"count": "0 9 * * *"}}))
    assert set(reminding.planned()) == {"count"}
    taken = Schedules(jobs={"checkout": {"count": "0 9 * * *"}}, reminders={"count": training})
    with pytest.raises(ConfigError, match=r"reminders\.count: is the name of a job"):
        Timetable("checkout", [COUNT], schedules=lambda: taken, zone=ZONE, remind=remind)


def test_two_jobs_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="same name"):
        Timetable("checkout", [COUNT, COUNT], schedules=lambda: times(count="0 9 * * *"), zone=ZONE)
