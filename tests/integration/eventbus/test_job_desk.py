"""What people do about jobs, through the admin API: they look, let one run, tick off what is theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from chassis import audit
from chassis.clock import SystemClock
from chassis.database import Database
from chassis.jobs import Job, Outcome, Pace, PlannedJob, Schedule
from chassis.jobs.runs import Runs
from chassis.tokens import Role
from eventbus import Bus, BusSettings, KafkaConnection
from eventbus.admin.job_models import JobList
from tests.fixtures.postgres import MakeDatabase
from tests.integration.eventbus.desk import PERSON, Desk

pytestmark = [pytest.mark.asyncio, pytest.mark.proves("O-5")]

YEARLY = Schedule("0 9 * 1 MON#1", ZoneInfo("America/New_York"))


async def nothing() -> None: ...


def planned(name: str, *, reminder: bool = False) -> PlannedJob:
    purpose = "Train the people on call." if reminder else "Counts."
    job = Job(name=name, purpose=purpose, at_most=timedelta(minutes=5), work=nothing, reminder=reminder)
    return PlannedJob(job, YEARLY)


COUNT, TRAINING = planned("count"), planned("training", reminder=True)


@dataclass(frozen=True, slots=True)
class Office:
    """The desk, and the rows behind it."""

    desk: Desk
    database: Database
    runs: Runs

    async def begin(self, one: PlannedJob) -> Any:
        """A process begins what is due."""
        async with self.database.transaction() as tx:
            return await self.runs.take(tx, one)

    async def job(self, name: str) -> Any:
        [found] = [job for job in (await self.desk.asked("GET", "/jobs"))["data"] if job["name"] == name]
        return found


@pytest_asyncio.fixture
async def office(make_database: MakeDatabase) -> AsyncIterator[Office]:
    url = make_database("eventbus")
    database = await Database.connect(url, application="tests", pool_size=2)
    settings = BusSettings(
        service="checkout", connection=KafkaConnection(bootstrap_servers="127.0.0.1:9"), database_url=url
    )
    bus = Bus(settings, database=database, clock=SystemClock())
    runs = Runs("checkout", publish=bus.outbox.publish, pace=Pace(pauses=()))
    async with database.transaction() as tx:
        for each in (COUNT, TRAINING):
            await runs.declare(tx, each)
    yield Office(Desk(bus), database, runs)
    await database.close()


async def test_a_job_shows_its_times_and_how_it_stands(office: Office) -> None:
    job = await office.job("count")
    assert (job["service"], job["purpose"], job["schedule"]) == (
        "checkout",
        "Counts.",
        "0 9 * 1 MON#1 America/New_York",
    )
    assert (job["standing"], job["open"], job["last"], job["atMostSeconds"]) == ("waiting", None, None, 300)
    assert job["dueAt"].endswith("T14:00:00Z")


async def test_the_monitor_is_told_the_same(office: Office) -> None:
    told = await office.desk.inside("/internal/jobs")
    assert JobList.model_validate_json(told.body).data[0].name == "count"
    assert told.json == await office.desk.asked("GET", "/jobs")
    assert (await office.desk.inside("/internal/jobs", service="inventory")).status == 401


async def test_a_person_lets_a_job_run_now_and_its_history_says_who(office: Office) -> None:
    asked = await office.desk.asked("POST", "/jobs/count/run")
    assert (asked["open"]["person"], office.desk.woken.is_set()) == (PERSON, True)
    run = await office.begin(COUNT)
    assert (await office.job("count"))["standing"] == "running"
    refused = await office.desk.answer("POST", "/jobs/count/run")
    assert (refused.status, refused.json["code"]) == (409, "job_running")
    async with office.database.transaction() as tx:
        await office.runs.end(tx, run, Outcome.DONE)
    [ended] = (await office.desk.asked("GET", "/jobs/count/runs"))["data"]
    assert (ended["startedBy"], ended["person"], ended["outcome"]) == ("person", PERSON, "done")
    assert ended["seconds"] >= 0
    job = await office.job("count")
    assert (job["standing"], job["last"]["id"], job["open"]) == ("waiting", ended["id"], None)
    assert [deed.actor for deed in await audit.of_target(office.database, "job:count")] == [PERSON]


async def test_a_job_that_was_given_up_stands_as_failed_until_it_runs_well(office: Office) -> None:
    for outcome in ("failed", "done"):
        await office.desk.asked("POST", "/jobs/count/run")
        run = await office.begin(COUNT)
        async with office.database.transaction() as tx:
            await office.runs.end(tx, run, Outcome(outcome), error="LookupError")
        standing = (await office.job("count"))["standing"]
        assert standing == ("failed" if outcome == "failed" else "waiting")
    page = await office.desk.asked("GET", "/jobs/count/runs", limit=1)
    rest = await office.desk.asked("GET", "/jobs/count/runs", limit=1, cursor=page["nextCursor"])
    assert [page["data"][0]["outcome"], rest["data"][0]["error"], rest["nextCursor"]] == ["done", "LookupError", None]


async def test_a_reminder_stays_open_until_a_person_ticks_it_off(office: Office) -> None:
    await office.desk.asked("POST", "/jobs/training/run")
    run = await office.begin(TRAINING)
    async with office.database.transaction() as tx:
        await office.runs.reminded(tx, run)
    open_ = await office.job("training")
    assert (open_["standing"], open_["open"]["attempt"]) == ("open", 2)
    assert await office.begin(TRAINING) is None
    await office.database.execute("INSERT INTO app_clock (shift) VALUES (interval '1 day')")
    again = await office.begin(TRAINING)
    assert again.id == run.id
    note: dict[str, Any] = {"note": "Drilled with Sam and Kim."}
    done = await office.desk.asked("POST", "/jobs/training/done", **note)
    assert (done["standing"], done["last"]["note"], done["last"]["endedBy"]) == ("waiting", note["note"], PERSON)
    async with office.database.transaction() as tx:
        await office.runs.reminded(tx, again)
    assert (await office.job("training"))["open"] is None
    # Ticked off before anybody was reminded, too; and then nobody is, of what was due meanwhile.
    await office.database.execute("UPDATE jobs SET due_at = app_now() - interval '1 hour' WHERE name = 'training'")
    await office.desk.asked("POST", "/jobs/training/done", note="Once more.")
    runs = (await office.desk.asked("GET", "/jobs/training/runs"))["data"]
    assert [each["note"] for each in runs] == ["Once more.", note["note"]]
    assert await office.begin(TRAINING) is None
    assert await office.database.fetchval("SELECT count(*) FROM outbox WHERE topic = 'operations'") == 2


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("POST", "/jobs/nobodys/run", {}, 404, "unknown_job"),
        ("GET", "/jobs/nobodys/runs", {}, 404, "unknown_job"),
        ("POST", "/jobs/nobodys/done", {"note": "Done."}, 404, "unknown_job"),
        ("POST", "/jobs/count/done", {"note": "Done."}, 409, "no_reminder"),
        ("POST", "/jobs/training/done", {"note": " "}, 422, "invalid_request"),
    ],
)
async def test_what_cannot_be_is_refused(
    office: Office, method: str, path: str, body: dict[str, Any], status: int, code: str
) -> None:
    refused = await office.desk.answer(method, path, **body)
    assert (refused.status, refused.json["code"]) == (status, code)


async def test_viewers_look_and_operators_act(office: Office) -> None:
    assert (await office.desk.answer("GET", "/jobs", role=Role.VIEWER)).status == 200
    for path in ("/jobs/count/run", "/jobs/training/done"):
        assert (await office.desk.answer("POST", path, role=Role.VIEWER, note="Done.")).status == 403
