"""What a run looks at, and what it comes to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from checkout.reconciliation.domain import (
    ABOUT,
    PartState,
    Run,
    RunCounts,
    RunOutcome,
    RunPart,
    RunState,
    Scope,
    difference_id,
    outcome_of,
)
from events import DifferenceKind
from tests.unit.checkout.samples import NOW, ORDER_ID

SCOPE = Scope(since=NOW - timedelta(hours=1), until=NOW)


def part(trouble: str = "") -> RunPart:
    return RunPart(
        run_id=ORDER_ID,
        number=1,
        account="stripe",
        detector="sessions",
        state=PartState.READ,
        after=None,
        checked=3,
        tries=0,
        trouble=trouble,
    )


def run(*, dry_run: bool = False, by_person: bool = True, agreed: bool = False) -> Run:
    return Run(
        run_id=ORDER_ID,
        scope=SCOPE,
        account=None,
        dry_run=dry_run,
        started_by="ann@example.com",
        by_person=by_person,
        agreed=agreed,
        state=RunState.READING,
        started_at=NOW,
    )


@pytest.mark.proves("R-1")
@pytest.mark.parametrize(
    ("counts", "trouble", "outcome"),
    [
        (RunCounts(), "", RunOutcome.NOTHING),
        (RunCounts(found=1, gone=1), "", RunOutcome.NOTHING),
        (RunCounts(found=2, repaired=2), "", RunOutcome.REPAIRED),
        (RunCounts(found=2, repaired=1, person=1), "", RunOutcome.PERSON),
        (RunCounts(waiting=1), "", RunOutcome.PERSON),
        (RunCounts(found=1, left=1), "", RunOutcome.PERSON),
        (RunCounts(found=2, repaired=1, person=1), "stripe does not answer", RunOutcome.UNREADABLE),
        (RunCounts(), "stripe does not answer", RunOutcome.UNREADABLE),
    ],
)
def test_the_worst_counts(counts: RunCounts, trouble: str, outcome: RunOutcome) -> None:
    assert outcome_of(counts, [part(), part(trouble)]) is outcome


@pytest.mark.proves("R-5")
@pytest.mark.parametrize(
    ("changes", "left", "state"),
    [
        ({}, 20, RunState.REPAIRING),
        ({}, 21, RunState.HELD),
        ({"agreed": True}, 21, RunState.REPAIRING),
        ({"by_person": False}, 1000, RunState.REPAIRING),
        ({"dry_run": True}, 1000, RunState.DONE),
    ],
)
def test_a_person_agrees_to_many_repairs(changes: dict[str, bool], left: int, state: RunState) -> None:
    assert run(**changes).after_reading(left) is state


@pytest.mark.proves("R-1")
def test_a_scope_is_a_stretch_of_time_or_something_by_name() -> None:
    assert (SCOPE.word, SCOPE.whole) == ("period", True)
    named = Scope(since=NOW, until=NOW, order_id=ORDER_ID)
    assert (named.word, named.whole) == ("order", False)
    stretch = SCOPE.stretch(earlier=timedelta(minutes=5), younger=timedelta(minutes=1))
    assert stretch is not None
    assert (stretch.since, stretch.until) == (NOW - timedelta(minutes=65), NOW - timedelta(minutes=1))
    assert SCOPE.stretch(younger=timedelta(hours=2)) is None


@pytest.mark.proves("R-1")
def test_the_same_thing_has_the_same_id_in_each_run() -> None:
    kinds = list(DifferenceKind)
    ids = {difference_id(account, kind, "cs_1") for account in ("stripe", "acct_1") for kind in kinds}
    assert len(ids) == 2 * len(kinds)
    assert difference_id("stripe", kinds[0], "cs_1") == difference_id("stripe", kinds[0], "cs_1")
    assert set(ABOUT) == set(kinds)
