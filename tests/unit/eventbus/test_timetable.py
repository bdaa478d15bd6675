"""Rooms say which jobs there are, schedules.yaml says when; one without the other is refused."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from chassis.jobs import Job
from config import ConfigError, Schedules
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


def test_two_jobs_of_one_name_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="same name"):
        Timetable("checkout", [COUNT, COUNT], schedules=lambda: times(count="0 9 * * *"), zone=ZONE)
