"""What is done about payments of appointments at set times."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from chassis.database import Database
from chassis.jobs import Job, MonthWork
from chassis.months import Month
from chassis.telemetry import get_logger
from checkout.takings import performance_store

log = get_logger()


def jobs(database: Database, *, zone: ZoneInfo) -> tuple[Job, ...]:
    """The jobs of this room. `zone`: the business's."""

    async def write_performance(month: Month) -> None:
        for each in await performance_store.of_processors(database, since=month.since, until=month.until):
            log.info(
                "processor_performance",
                month=month.name,
                processor=each.processor,
                asked=each.asked,
                failed=each.failed,
                median=round(each.median, 3),
                slowest=round(each.slowest, 3),
            )

    return (
        Job(
            name="payment-performance",
            purpose="Logs each processor’s time and failure rate of the month before: fullhouse payments performance.",
            at_most=timedelta(minutes=10),
            work=MonthWork(zone, write_performance),
        ),
    )
