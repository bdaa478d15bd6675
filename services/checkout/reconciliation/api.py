"""`/api/admin/reconciliation`: what was paid is compared with what we have, by hand (R-1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AwareDatetime, Field, model_validator

from chassis.app import Body, Out, Page, Words, conditions, known_filters, read_place, write_cursor
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.emails import EmailAddress
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.paging import page_of
from chassis.tokens import Principal, Role
from checkout.reconciliation import difference_store, store
from checkout.reconciliation.domain import ReconciliationAction, Run, Scope
from checkout.reconciliation.errors import NotHeld, UnknownAccount, UnknownDifference, UnknownReconciliation
from checkout.reconciliation.models import DifferenceOut, RunDetailsOut, RunOut, difference_out, run_fields
from checkout.reconciliation.service import Reconciliation

_PATH: Final = "/api/admin/reconciliation"
router = APIRouter(prefix=_PATH, tags=["reconciliation"])

_A_DAY, _A_YEAR = timedelta(days=1), timedelta(days=366)
_MOST_FINDINGS: Final = 1000
_SESSION: Final = r"^[A-Za-z0-9_]{1,255}$"


class ReconciliationIn(Body):
    """What is looked at: a stretch of time, or one payer, session or order."""

    since: AwareDatetime | None = Field(None, description="left out: the last 24 hours, of a payer the last year")
    email: EmailAddress | None = None
    session_id: str | None = Field(None, pattern=_SESSION)
    order_id: UUID | None = None
    account: str | None = Field(None, max_length=100, description="only this account at a processor")
    dry_run: bool = Field(False, description="whether nothing is done about what is found")
    agreed: bool = Field(False, description="whether more than 20 repairs need no second word")

    @model_validator(mode="after")
    def _one_scope(self) -> ReconciliationIn:
        if sum(value is not None for value in (self.email, self.session_id, self.order_id)) > 1:
            raise ValueError("name one of email, sessionId and orderId")
        return self


class CloseDifferenceIn(Body):
    """What was done about it."""

    reason: Words


class ClosedDifferenceOut(Out):
    """It is not found again."""

    difference_id: UUID
    reason: str


class WaitingOut(Out):
    """What waits for a person, the oldest first."""

    data: list[DifferenceOut]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationDeps:
    """What these routes work with.

    database: checkout's own
    runs: the use cases
    wake: tells the worker that something is due
    clock: says what `since` means
    """

    database: Database
    runs: Reconciliation
    wake: Callable[[], None]
    clock: Clock


Deps = Annotated[ReconciliationDeps, provided(ReconciliationDeps)]
Viewer = Annotated[Principal, Depends(require(Role.VIEWER))]


@router.post("", status_code=202, responses=conditions(UnknownAccount))
async def start_reconciliation(
    actor: Annotated[Actor, deed(ReconciliationAction.STARTED, Role.OPERATOR)], body: ReconciliationIn, deps: Deps
) -> RunDetailsOut:
    """Begins a run; GET of its id says how far it is."""
    async with deps.database.transaction() as tx:
        run = await deps.runs.start(
            tx,
            _scope(body, deps.clock),
            account=body.account,
            dry_run=body.dry_run,
            agreed=body.agreed,
            actor=actor,
        )
        tx.after_commit(deps.wake)
    return await _shown(deps, run)


@router.get("", dependencies=[Depends(known_filters)])
async def list_reconciliations(
    _viewer: Viewer,
    deps: Deps,
    cursor: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
) -> Page[RunOut]:
    """Runs, the newest first."""
    before = read_place(cursor) if cursor else None
    found, following = await page_of(
        lambda most: store.find(deps.database, before=before, limit=most),
        limit=limit,
        cursor=lambda run: write_cursor(run.started_at, run.run_id),
    )
    return Page(data=[RunOut.model_validate(await _fields(deps, run)) for run in found], next_cursor=following)


@router.get("/differences")
async def list_differences(_viewer: Viewer, deps: Deps) -> WaitingOut:
    """What waits for a person, with the command that mends it."""
    return WaitingOut(
        data=[difference_out(each) for each in await difference_store.waiting(deps.database, limit=_MOST_FINDINGS)]
    )


@router.post("/differences/{difference_id}/close", responses=conditions(UnknownDifference))
async def close_difference(
    difference_id: UUID,
    actor: Annotated[Actor, deed(ReconciliationAction.CLOSED, Role.OPERATOR, target="difference:{difference_id}")],
    body: CloseDifferenceIn,
    deps: Deps,
) -> ClosedDifferenceOut:
    """A person has dealt with it: no run finds it again."""
    async with deps.database.transaction() as tx:
        await deps.runs.close(tx, difference_id, reason=body.reason, actor=actor)
    return ClosedDifferenceOut(difference_id=difference_id, reason=body.reason)


@router.get("/{run_id}", responses=conditions(UnknownReconciliation))
async def show_reconciliation(run_id: UUID, _viewer: Viewer, deps: Deps) -> RunDetailsOut:
    """How far it is, and what it has found."""
    return await _shown(deps, await _known(deps, run_id))


@router.post("/{run_id}/agree", responses=conditions(UnknownReconciliation, NotHeld))
async def agree_to_reconciliation(
    run_id: UUID,
    actor: Annotated[Actor, deed(ReconciliationAction.CONFIRMED, Role.OPERATOR, target="reconciliation:{run_id}")],
    deps: Deps,
) -> RunDetailsOut:
    """Lets a run mend more than 20 things."""
    async with deps.database.transaction() as tx:
        await deps.runs.agree(tx, run_id, actor=actor)
        tx.after_commit(deps.wake)
    return await _shown(deps, await _known(deps, run_id))


def _scope(body: ReconciliationIn, clock: Clock) -> Scope:
    now = clock.now()
    named = body.email or body.session_id or body.order_id
    return Scope(
        since=body.since or now - (_A_YEAR if named else _A_DAY),
        until=now,
        email=body.email,
        session_id=body.session_id,
        order_id=body.order_id,
    )


async def _known(deps: ReconciliationDeps, run_id: UUID) -> Run:
    run = await store.get(deps.database, run_id)
    if run is None:
        raise UnknownReconciliation
    return run


async def _fields(deps: ReconciliationDeps, run: Run) -> dict[str, Any]:
    parts = await store.parts(deps.database, run.run_id)
    return run_fields(run, parts, await difference_store.counts(deps.database, run.run_id))


async def _shown(deps: ReconciliationDeps, run: Run) -> RunDetailsOut:
    differences = await difference_store.of_run(deps.database, run.run_id, limit=_MOST_FINDINGS)
    return RunDetailsOut.model_validate(
        {**await _fields(deps, run), "differences": [difference_out(each) for each in differences]}
    )
