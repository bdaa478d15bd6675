"""`/api/v1/external-payments/reconciliations`: payments at processors are compared with what we have of them (P-6)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, Field

from chassis import audit
from chassis.app import conditions
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database, Reader
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.exact import SnakeBody, SnakeOut
from chassis.http.guards import require
from chassis.tokens import Role
from checkout.connections.models import ProviderNumber
from checkout.transactions import comparison_store
from checkout.transactions.comparison import (
    WEEK,
    ComparedState,
    ComparisonAction,
    ComparisonOutcome,
    ComparisonPart,
    Discrepancy,
    DiscrepancyKind,
    PaymentComparison,
    comparison,
    outcome_of,
)
from checkout.transactions.errors import UnknownComparison

router = APIRouter(prefix="/api/v1/external-payments/reconciliations", tags=["payments"])

_MOST_FOUND: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonDeps:
    """What the routes work with.

    database: checkout's
    wake: tells the worker that one is due
    clock: says what the period ends with
    """

    database: Database
    wake: Callable[[], None]
    clock: Clock


Deps = Annotated[ComparisonDeps, provided(ComparisonDeps)]


class ComparisonIn(SnakeBody):
    """What is compared."""

    since: AwareDatetime | None = Field(None, description="payments that changed since; left out: in the last 7 days")
    provider: ProviderNumber | None = Field(None, description="only this provider's; left out: all")
    dry_run: bool = Field(False, description="whether nothing is done about what is found")


class DiscrepancyOut(SnakeOut):
    """A payment that is not the same at its processor and here."""

    connection: int
    payment_id: str = Field(description="the processor's id of it")
    transaction_id: int | None = Field(description="ours; null where there is none")
    kind: DiscrepancyKind
    fields: list[str] = Field(description="which of them differ")
    mended: bool = Field(description="whether it agrees since then; else a person must look")


class ComparedConnectionOut(SnakeOut):
    """A connection that was compared."""

    connection: int
    state: ComparedState
    theirs: int = Field(description="how many of the processor's payments were looked at")
    ours: int = Field(description="how many of ours")
    trouble: str = Field(description="why it could not be read; empty when it could")


class ComparisonOut(SnakeOut):
    """A comparison, and what it has found so far."""

    id: UUID
    state: str = Field(description="running or done")
    outcome: ComparisonOutcome | None = Field(description="the worst that it came to; null while it is running")
    since: datetime
    until: datetime
    provider: int | None
    dry_run: bool
    started_by: str
    started_at: datetime
    compared: list[ComparedConnectionOut]
    discrepancies: list[DiscrepancyOut] = Field(description=f"at most {_MOST_FOUND:,}")


@router.post("", status_code=202)
async def start_payment_reconciliation(
    body: ComparisonIn,
    deps: Deps,
    actor: Annotated[Actor, deed(ComparisonAction.STARTED, Role.OPERATOR)],
) -> ComparisonOut:
    """Begins one; GET of its id says how far it is. What the processor has and we don't is taken from it."""
    now = deps.clock.now()
    since = body.since or now - WEEK
    run = comparison(now, since=since, started_by=actor.name, provider_id=body.provider, dry_run=body.dry_run)
    async with deps.database.transaction() as tx:
        connections = await comparison_store.add(tx, run)
        await audit.record(
            tx,
            ComparisonAction.STARTED,
            actor=actor,
            target=audit.target("external_reconciliation", run.run_id),
            after={"provider": run.provider_id, "since": str(run.since), "connections": connections},
        )
        tx.after_commit(deps.wake)
    return await _shown(deps.database, run)


@router.get(
    "/{reconciliation_id}",
    dependencies=[Depends(require(Role.VIEWER))],
    responses=conditions(UnknownComparison),
)
async def get_payment_reconciliation(reconciliation_id: UUID, deps: Deps) -> ComparisonOut:
    """How far it is, and what it has found."""
    run = await comparison_store.get(deps.database, reconciliation_id)
    if run is None:
        raise UnknownComparison
    return await _shown(deps.database, run)


async def _shown(reader: Reader, run: PaymentComparison) -> ComparisonOut:
    parts = await comparison_store.parts(reader, run.run_id)
    found = await comparison_store.found(reader, run.run_id, limit=_MOST_FOUND)
    running = any(part.state is ComparedState.DUE for part in parts)
    return ComparisonOut(
        id=run.run_id,
        state="running" if running else "done",
        outcome=None if running else outcome_of(parts, [each for _, each in found]),
        since=run.since,
        until=run.until,
        provider=run.provider_id,
        dry_run=run.dry_run,
        started_by=run.started_by,
        started_at=run.started_at,
        compared=[_compared(part) for part in parts],
        discrepancies=[_discrepancy(*each) for each in found],
    )


def _compared(part: ComparisonPart) -> ComparedConnectionOut:
    return ComparedConnectionOut(
        connection=part.connection_id, state=part.state, theirs=part.theirs, ours=part.ours, trouble=part.trouble
    )


def _discrepancy(connection_id: int, found: Discrepancy) -> DiscrepancyOut:
    return DiscrepancyOut(
        connection=connection_id,
        payment_id=found.payment_id,
        transaction_id=found.transaction_id,
        kind=found.kind,
        fields=list(found.fields),
        mended=found.mended,
    )
