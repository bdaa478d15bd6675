"""What is done for providers' payments each day, week and month is one command, on the whole stack."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from cli.upkeep import PROCEDURES
from stack import environment
from tests.fixtures import command_line
from tests.fixtures.stack import WholeStack
from tests.integration.playbooks.providers import connected, settled

pytestmark = [pytest.mark.proves("O-5", "P-6", "P-8", "P-12")]

_CHECKS: Final = ("payment tables", "connections", "routing", "commission", "payment endpoints", "connection webhooks")


def carried_out(stack: WholeStack, procedure: str) -> Any:
    """What it says, once each of its jobs is done; whether others have left a connection that fails is not asked."""
    done = command_line.fullhouse(
        "payments", "upkeep", procedure, "--json", environ=environment.of_operator(stack.layout)
    )
    told = json.loads(done.stdout)
    outcomes = [(each["service"], each["job"], each["outcome"]) for each in told["jobs"]]
    assert outcomes == [(*job, "done") for job in PROCEDURES[procedure]], done.stderr
    return told


def test_each_procedure_does_its_jobs_and_shows_what_they_are_for(everything_runs: WholeStack) -> None:
    stack, provider = everything_runs, 4704
    settled(stack, provider, {})
    made = connected(stack, provider, "EAAAsandbox-elm")["id"]

    daily = carried_out(stack, "daily")
    assert made in [each["connection"] for each in daily["sync"] if each["state"] == "done"]
    assert [each["name"] for each in daily["health"]["checks"]] == list(_CHECKS)
    counts = [line.partition(": ")[0] for line in daily["health"]["summary"] if not line.startswith(" ")]
    assert counts == ["Checks passed", "Issues found", "Warnings"]

    compared = carried_out(stack, "weekly")["reconciliation"]
    assert (compared["state"], compared["dry_run"]) == ("done", False)
    assert made in [each["connection"] for each in compared["compared"] if each["state"] == "read"]

    monthly = carried_out(stack, "monthly")
    spans = {(monthly[name]["since"], monthly[name]["until"]) for name in ("performance", "fees", "rates")}
    assert len(spans) == 1, "all of the same month"
