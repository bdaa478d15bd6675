"""`fullhouse payments upkeep`: each job in its turn, waited for, whatever became of the one before (P-12, O-5)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from typer.testing import CliRunner

import config
from cli.main import app
from cli.procedures import LOOKS, Look
from cli.upkeep import PROCEDURES, carried_out
from stack.layout import ROOT

pytestmark = pytest.mark.proves("O-5")

JOBS = config.load(ROOT / "deploy" / "config").schedules.jobs


class Services:
    """Each run is looked at twice before it has ended; those of `failing` fail, and that of `busy` was begun before."""

    def __init__(self, *failing: str, busy: str = "") -> None:
        self.failing = failing
        self.busy = busy
        self.begun: list[str] = []
        self.looks = 0

    def call(self, method: str, path: str) -> Any:
        job = path.split("/")[5]
        number = 99 if job == self.busy else len(self.begun)
        if method == "POST":
            self.begun.append(job)
            return {"open": {"id": number + 1}, "last": None}
        begun = {"id": number, "beganAt": "2026-11-21T03:00:00Z", "seconds": 1.5, "error": ""}
        if path.endswith("limit=1"):
            return {"data": [{**begun, "outcome": None if job == self.busy else "done"}]}
        self.looks += 1
        ended = "failed" if job in self.failing else "done"
        return {"data": [{**begun, "outcome": ended if self.looks % 2 == 0 else None}]}


def test_each_has_its_turn_once_the_one_before_has_ended() -> None:
    services = Services("external-sync")
    found = list(carried_out(services.call, "daily", pause=0))
    assert services.begun == [job for _, job in PROCEDURES["daily"]]
    assert [each.job for each in found if not each.done] == ["external-sync"]


def test_what_is_under_way_already_is_waited_for() -> None:
    services = Services(busy="analytics-refresh")
    assert all(each.done for each in carried_out(services.call, "daily", pause=0))
    assert "analytics-refresh" not in services.begun


@pytest.mark.parametrize(
    ("failing", "well", "code"), [((), True, 0), (("archive-90d",), True, 1), ((), False, 1)], ids=str
)
def test_it_says_what_became_of_each_and_what_is_found(
    monkeypatch: pytest.MonkeyPatch, *, failing: tuple[str, ...], well: bool, code: int
) -> None:
    def look(_known: Mapping[str, str]) -> Iterator[Look]:
        yield Look(name="found", document={"open": 3}, show=lambda: print("3 for a person"), well=well)

    services = Services(*failing)
    monkeypatch.setattr("cli.procedures.LOOKS", {"weekly": (look,)})
    monkeypatch.setattr("cli.admin.call", lambda _known, method, path, **_options: services.call(method, path))
    monkeypatch.setattr("cli.upkeep.time.sleep", lambda _seconds: None)
    done = CliRunner().invoke(app, ["payments", "upkeep", "weekly", "--json"])
    told = json.loads(done.stdout)
    jobs = {each["job"]: each["outcome"] for each in told["jobs"]}
    assert (jobs["archive-90d"], done.exit_code) == ("failed" if failing else "done", code)
    assert list(jobs) == [job for _, job in PROCEDURES["weekly"]]
    assert told["found"] == {"open": 3}
    assert "3 for a person" in CliRunner().invoke(app, ["payments", "upkeep", "weekly"]).stdout


def test_each_procedure_has_something_to_look_at() -> None:
    assert LOOKS.keys() == PROCEDURES.keys()


def test_all_that_is_run_is_a_job() -> None:
    assert {(service, job) for jobs in PROCEDURES.values() for service, job in jobs} <= {
        (service, job) for service, jobs in JOBS.items() for job in jobs
    }
