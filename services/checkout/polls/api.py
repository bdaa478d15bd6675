"""`POST /api/admin/process-pending`: orders left waiting for their payment are settled (C-8)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import Field

from chassis.app import Body, Out, conditions, read_place, write_cursor
from chassis.audit import Actor
from chassis.http.deeds import deed
from chassis.http.deps import provided
from chassis.tokens import Role
from checkout.polls.domain import PollAction
from checkout.polls.pending import PendingPayments
from checkout.purchases.errors import PaymentProviderBusy

router = APIRouter(prefix="/api/admin", tags=["orders"])


class ProcessIn(Body):
    """There is nothing to say: an empty body, or none."""


class ProcessedOut(Out):
    """What one call has asked the processor about, and what came of it."""

    success: Literal[True] = True
    checked: int = Field(description="How many payments were asked about")
    paid: int = Field(description="Of how many the money is here")
    expired: int = Field(description="How many can no longer be paid")
    failed: int = Field(description="Of how many the money will not come")
    waiting: int = Field(description="How many buyers are still at it, or have their money on its way")
    next_cursor: str | None = Field(description="Send it as `cursor` for the next ones; null at the end")


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingDeps:
    """What this route works with.

    pending: the use case
    """

    pending: PendingPayments


@router.post("/process-pending", responses=conditions(PaymentProviderBusy))
async def process_pending(
    actor: Annotated[Actor, deed(PollAction.PROCESSED_PENDING, Role.OPERATOR)],
    deps: Annotated[PendingDeps, provided(PendingDeps)],
    body: ProcessIn | None = None,  # noqa: ARG001 whoever says something means another call
    cursor: str | None = None,
) -> ProcessedOut:
    """Asks the processor about the next 100 unsettled payments, the oldest first. Safe to call again."""
    processed = await deps.pending.process(after=read_place(cursor) if cursor else None, actor=actor)
    counts = processed.tally.as_counts()
    return ProcessedOut(**counts, next_cursor=write_cursor(*processed.after) if processed.after else None)
