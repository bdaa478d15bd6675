"""What is done about connections at set times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chassis.clock import Clock
from chassis.database import Database
from chassis.jobs import Job
from chassis.telemetry import get_logger
from checkout.connections import look_store

log = get_logger()


def jobs(database: Database, clock: Clock, *, wake: Callable[[], None]) -> tuple[Job, ...]:
    """The jobs of this room. `wake`: tells whoever looks at connections that some are due."""

    async def look_at_all() -> None:
        async with database.transaction() as tx:
            await look_store.bring_all_forward(tx, clock.now())
            standing = await look_store.by_status(tx)
            tx.after_commit(wake)
        for status, count in standing.items():
            log.info("connections_counted", status=status, count=count)

    return (
        Job(
            name="connection-health",
            purpose="Has all connections looked at now, and writes down how many stand how; each is every hour anyway.",
            at_most=timedelta(minutes=1),
            work=look_at_all,
        ),
    )
