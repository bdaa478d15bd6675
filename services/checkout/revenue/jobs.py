"""What is done about revenue at set times."""

from __future__ import annotations

from datetime import timedelta

from chassis.jobs import Job
from checkout.revenue.errors import AnalyticsDiffer
from checkout.revenue.summing import Revenue


def jobs(revenue: Revenue) -> tuple[Job, ...]:
    """The jobs of this room. One that finds a difference fails, so that it is seen and raises `job_failed`."""

    async def refresh() -> None:
        await revenue.refresh()
        if await revenue.differences():
            raise AnalyticsDiffer

    return (
        Job(
            name="analytics-refresh",
            purpose="Adds all payments to the analytics, and compares these with the ledgers: fullhouse analytics "
            "verify.",
            at_most=timedelta(minutes=30),
            work=refresh,
        ),
    )
