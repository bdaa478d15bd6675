"""What is compared at set times."""

from __future__ import annotations

from datetime import timedelta

from chassis.database import Database
from chassis.jobs import Job
from monitor.proof import store


def jobs(database: Database) -> tuple[Job, ...]:
    """The jobs of this room."""

    async def look_at_the_day() -> None:
        async with database.transaction() as tx:
            await store.want_day(tx)

    return (
        Job(
            name="stock-audit",
            purpose="Lets the next look compare the last day's orders, seats, tickets and messages over all services.",
            at_most=timedelta(minutes=1),
            work=look_at_the_day,
        ),
    )
