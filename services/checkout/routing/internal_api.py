"""What the monitor asks every few minutes: whether payments of providers can be routed. For our own services only."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Depends
from pydantic import Field

from chassis.app import Out
from chassis.http.guards import internal
from checkout.routing.api import Deps
from checkout.routing.examining import RoutingCheck, examine, warnings
from checkout.routing.watched import ROUTES

router = APIRouter(prefix="/internal/payments", tags=["internal"])


class RoutingCheckOut(Out):
    """A check that checkout made of itself."""

    name: str
    problem: str | None = Field(description="what is wrong, as a sentence; null where nothing is")

    @classmethod
    def of(cls, check: RoutingCheck) -> Self:
        return cls(name=check.name, problem=check.problem)


class PaymentExaminationOut(Out):
    """Whether payments of providers can be routed, as far as checkout itself can tell."""

    checks: list[RoutingCheckOut]
    warnings: list[RoutingCheckOut] = Field(description="what is no failure and should be looked at")
    routes: list[str] = Field(description="addresses that must answer whoever asks")


@router.get("/examination")
async def payment_examination(
    deps: Deps, _caller: Annotated[str, Depends(internal("checkout"))]
) -> PaymentExaminationOut:
    """Tables are read and a dry run is made; the routes are for who asks to try."""
    found = await examine(deps.database, deps.routing, currency=deps.currency)
    standing = RoutingCheck(name="refund_standing", problem=await deps.refunds_standing(deps.database))
    warned = (*await warnings(deps.database), standing)
    return PaymentExaminationOut(
        checks=[RoutingCheckOut.of(each) for each in found],
        warnings=[RoutingCheckOut.of(each) for each in warned],
        routes=list(ROUTES),
    )
