"""What the monitor asks when customers miss what they paid for. Never routed by the gateway; service tokens only."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends

from chassis.http.guards import internal
from checkout.endpoints.api import Deps, VerdictOut, verdict_out
from checkout.endpoints.domain import Verdict

router = APIRouter(prefix="/internal/webhooks", tags=["internal"])


@router.get("/examination")
async def examination(deps: Deps, _caller: Annotated[str, Depends(internal("checkout"))]) -> VerdictOut:
    """How endpoints are set up, and whether webhooks come and are handled: check and diagnose in one."""
    check, diagnosis = await deps.examination.check(), await deps.examination.diagnose()
    known = {each.subject for each in check.findings}
    more = (each for each in diagnosis.findings if each.subject not in known)
    return verdict_out(Verdict(findings=(*check.findings, *more)))
