"""What is done about payments of appointments at set times."""

from __future__ import annotations

from datetime import timedelta

from chassis.clock import Clock
from chassis.database import Database
from chassis.jobs import Job
from chassis.telemetry import get_logger
from checkout.takings import performance_store
from checkout.takings.performance import PERIOD

log = get_logger()


def jobs(database: Database, clock: Clock) -> tuple[Job, ...]:
    """The jobs of this room."""

    async def write_performance() -> None:
        now = clock.now()
        for each in await performance_store.of_processors(database, since=now - PERIOD, until=now):
            log.info(
                "processor_performance",
                processor=each.processor,
                asked=each.asked,
                failed=each.failed,
                median=round(each.median, 3),
                slowest=round(each.slowest, 3),
            )

    return (
        Job(
            name="payment-performance",
            purpose="Writes down each processor's time and failure rate of 30 days: fullhouse payments performance.",
            at_most=timedelta(minutes=10),
            work=write_performance,
        ),
    )
