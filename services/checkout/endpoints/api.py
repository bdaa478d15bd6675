"""`GET /api/admin/webhooks/check` and `…/diagnose`: whether processors' webhooks reach us, and what to do (R-2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from chassis.app import Out
from chassis.http.deps import provided
from chassis.http.guards import require
from chassis.tokens import Role
from checkout.endpoints.domain import FindingState, Verdict
from checkout.endpoints.service import Examination

router = APIRouter(prefix="/api/admin/webhooks", tags=["admin"], dependencies=[Depends(require(Role.OPERATOR))])


@dataclass(frozen=True, slots=True, kw_only=True)
class ExaminationDeps:
    """What these routes work with."""

    examination: Examination


Deps = Annotated[ExaminationDeps, provided(ExaminationDeps)]


class FindingOut(Out):
    """What was found about one thing."""

    subject: str = Field(description="What was looked at")
    state: FindingState = Field(description="How it is; `unread`: it could not be looked at")
    detail: str = Field(description="What was seen")
    remedy: str = Field(description="What to do next; empty when all is well")
    lines: list[str] = Field(description="What was seen one by one")


class VerdictOut(Out):
    """What a look came to."""

    ok: bool = Field(description="Whether nothing is wrong, and everything could be looked at")
    unread: bool = Field(description="Whether something could not be looked at: nothing is said of that")
    findings: list[FindingOut]


@router.get("/check")
async def check(deps: Deps) -> VerdictOut:
    """How endpoints are set up: registered, enabled, their events, mode and secrets, at each account."""
    return verdict_out(await deps.examination.check())


@router.get("/diagnose")
async def diagnose(deps: Deps) -> VerdictOut:
    """Whether webhooks come and are handled: from outside, at the processor, at our door, in our store."""
    return verdict_out(await deps.examination.diagnose())


def verdict_out(verdict: Verdict) -> VerdictOut:
    """As the API shows it."""
    return VerdictOut(
        ok=verdict.ok,
        unread=verdict.unread,
        findings=[FindingOut.model_validate(each) for each in verdict.findings],
    )
