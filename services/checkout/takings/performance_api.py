"""`GET /api/v1/hybrid-payments/performance`: time and failure rate of each processor's payment pages (P-8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Self

from fastapi import APIRouter, Depends, Query
from pydantic import Field

from chassis.app import Moment, known_filters
from chassis.clock import Clock
from chassis.database import Database
from chassis.http.deps import provided
from chassis.http.exact import SnakeOut
from chassis.http.guards import require
from chassis.tokens import Role
from checkout.takings import performance_store
from checkout.takings.performance import PERIOD, ProcessorPerformance

router = APIRouter(prefix="/api/v1/hybrid-payments/performance", tags=["payments"])


@dataclass(frozen=True, slots=True, kw_only=True)
class PerformanceDeps:
    """What the route works with: checkout's database."""

    database: Database
    clock: Clock


class ProcessorPerformanceOut(SnakeOut):
    """One processor's payment pages."""

    processor: str
    asked: int = Field(description="how often it was asked for one")
    failed: int = Field(description="how often it gave none")
    failure_rate: float = Field(description="from 0 to 1")
    median_seconds: float = Field(description="from the question to what came of it")
    p95_seconds: float = Field(description="the same, of 95 % of them at most")

    @classmethod
    def of(cls, each: ProcessorPerformance) -> Self:
        return cls(
            processor=each.processor,
            asked=each.asked,
            failed=each.failed,
            failure_rate=round(each.failure_rate, 4),
            median_seconds=round(each.median, 3),
            p95_seconds=round(each.slowest, 3),
        )


class PerformanceOut(SnakeOut):
    """All processors in a period."""

    since: datetime
    until: datetime
    data: list[ProcessorPerformanceOut]


@router.get("", dependencies=[Depends(require(Role.VIEWER)), Depends(known_filters)])
async def show_performance(
    deps: Annotated[PerformanceDeps, provided(PerformanceDeps)],
    since: Annotated[Moment | None, Query(description="30 days before `until` by default")] = None,
    until: Annotated[Moment | None, Query(description="now by default")] = None,
) -> PerformanceOut:
    """How long processors took to open payment pages, and how often they did not."""
    end = until or deps.clock.now()
    begin = since or end - PERIOD
    found = await performance_store.of_processors(deps.database, since=begin, until=end)
    return PerformanceOut(since=begin, until=end, data=[ProcessorPerformanceOut.of(each) for each in found])
