"""What is done about calls for help at set times."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.jobs import Job
from checkout.support import store

KEPT: Final = timedelta(days=180)


def jobs(database: Database, clock: Clock) -> tuple[Job, ...]:
    """The jobs of this room."""

    async def forget() -> None:
        async with database.transaction() as tx:
            await store.forget(tx, before=clock.now() - KEPT)

    return (
        Job(
            name="forget-support",
            purpose="Forgets customers' calls for help half a year after somebody has dealt with them.",
            at_most=timedelta(minutes=5),
            work=forget,
        ),
    )
