"""Runs and differences as the API shows them; nothing in them is about a person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from pydantic import Field

from chassis.app import Out
from checkout.reconciliation.difference_store import KeptDifference
from checkout.reconciliation.domain import Run, RunCounts, RunPart, RunState, outcome_of


class DifferenceOut(Out):
    """One thing that is, or was, not as it should be."""

    difference_id: UUID
    account: str = Field(description="Of which account at a processor; `fullhouse`: seen in what we have alone")
    kind: str = Field(description="What is wrong, as a code")
    subject: str = Field(description="The id of what it is about")
    order_id: UUID | None
    evidence: dict[str, str | int | None] = Field(description="Ids and amounts that show it")
    state: str = Field(description="found, shown (a dry run's), repaired, gone (in order by then) or person")
    waited: bool = Field(description="Whether it waited for a person already")
    reason: str = Field(description="Why it is a person's")
    command: str = Field(description="What that person does")
    paid_at: datetime | None
    found_at: datetime
    settled_at: datetime | None
    closed_by: str | None
    closed_reason: str | None


class CheckedOut(Out):
    """What one detector has looked at in one account."""

    account: str
    detector: str
    state: str = Field(description="due, read or unreadable")
    checked: int
    trouble: str = Field(description="What could not be read, and why")


class RunOut(Out):
    """A run: what it looks at, and how far it is."""

    run_id: UUID
    scope: str = Field(description="period, email, session or order")
    since: datetime
    until: datetime
    account: str | None = Field(description="Null: all accounts")
    dry_run: bool
    started_by: str
    state: str = Field(description="reading, held (somebody has to agree), repairing or done")
    outcome: str | None = Field(description="nothing, repaired, person or unreadable; null while it is not done")
    started_at: datetime
    finished_at: datetime | None
    found: int
    repaired: int
    gone: int
    person: int = Field(description="How many of them a person must look at")
    waiting: int = Field(description="How many wait for a person since an earlier run")
    left: int = Field(description="How many nothing has been done about so far")
    checked: list[CheckedOut]


class RunDetailsOut(RunOut):
    """The same, with what it has found."""

    differences: list[DifferenceOut] = Field(description="The first 1,000")


def run_fields(run: Run, parts: Sequence[RunPart], counts: RunCounts) -> dict[str, object]:
    """What is shown of a run, but for its differences."""
    return {
        "run_id": run.run_id,
        "scope": run.scope.word,
        "since": run.scope.since,
        "until": run.scope.until,
        "account": run.account,
        "dry_run": run.dry_run,
        "started_by": run.started_by,
        "state": run.state.value,
        "outcome": outcome_of(counts, parts).value if run.state is RunState.DONE else None,
        "started_at": run.started_at,
        "finished_at": run.finished_at,
        **{name: getattr(counts, name) for name in ("found", "repaired", "gone", "person", "waiting", "left")},
        "checked": [CheckedOut.model_validate(part) for part in parts],
    }


def difference_out(kept: KeptDifference) -> DifferenceOut:
    """As people and scripts see it."""
    difference = kept.difference
    return DifferenceOut(
        difference_id=difference.difference_id,
        account=difference.account,
        kind=difference.kind.value,
        subject=difference.subject,
        order_id=difference.order_id,
        evidence=dict(difference.evidence),
        state=kept.state.value,
        waited=kept.known,
        reason=kept.reason,
        command=kept.command,
        paid_at=difference.paid_at,
        found_at=kept.found_at,
        settled_at=kept.settled_at,
        closed_by=kept.closed_by,
        closed_reason=kept.closed_reason,
    )
