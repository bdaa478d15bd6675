"""`GET /api/v1/external-payments/fees`: what processors kept, and what fees.yaml says that they keep (P-3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Self

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.app import Moment, known_filters
from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.exact import Decimals, SnakeOut
from chassis.http.guards import require
from chassis.money import Money
from chassis.tokens import Role
from checkout.transactions import fee_store
from checkout.transactions.fee_drift import FeeDrift
from config import Fees

router = APIRouter(prefix="/api/v1/external-payments/fees", tags=["payments"])

MONTH: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeDeps:
    """What the route works with: checkout's database, and fees.yaml as it is now."""

    database: Database
    fees: Callable[[], Fees]
    clock: Clock


class FeeDriftOut(SnakeOut):
    """A processor's external payments in a currency."""

    processor: str
    currency: str
    payments: int = Field(description="those whose fee is known, and of which nothing went back")
    volume: Decimals = Field(description="what was paid in all")
    estimated_fees: Decimals | None = Field(description="by fees.yaml; null where it says nothing of some of them")
    actual_fees: Decimals = Field(description="what the processor kept")
    drifts: bool = Field(description="whether fees.yaml says nothing, or is off by more than 5 %")

    @classmethod
    def of(cls, each: FeeDrift) -> Self:
        estimated = None if each.estimated is None else Money(each.estimated, each.currency).major()
        return cls(
            processor=each.processor,
            currency=each.currency,
            payments=each.payments,
            volume=Money(each.volume, each.currency).major(),
            estimated_fees=estimated,
            actual_fees=Money(each.actual, each.currency).major(),
            drifts=each.drifts,
        )


class FeeDriftsOut(SnakeOut):
    """All of them in a period."""

    since: datetime
    until: datetime
    data: list[FeeDriftOut]


@router.get("", dependencies=[Depends(require(Role.VIEWER)), Depends(known_filters)])
async def compare_fees(
    deps: Annotated[FeeDeps, provided(FeeDeps)],
    since: Annotated[Moment | None, Query(description="30 days before `until` by default")] = None,
    until: Annotated[Moment | None, Query(description="now by default")] = None,
) -> FeeDriftsOut:
    """What processors kept of external payments, and what they were expected to keep."""
    end = until or deps.clock.now()
    begin = since or end - MONTH
    drifts = await fee_store.drifts(deps.database, deps.fees(), since=begin, until=end)
    return FeeDriftsOut(since=begin, until=end, data=[FeeDriftOut.of(each) for each in drifts])
