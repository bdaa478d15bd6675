"""What is done about feedback at set times."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.jobs import Job
from checkout.feedback import store

KEPT: Final = timedelta(days=365)


def jobs(database: Database, clock: Clock) -> tuple[Job, ...]:
    """The jobs of this room."""

    async def forget() -> None:
        async with database.transaction() as tx:
            await store.forget_texts(tx, before=clock.now() - KEPT)

    return (
        Job(
            name="forget-feedback",
            purpose="Forgets what buyers wrote about their purchase a year ago; the scores stay.",
            at_most=timedelta(minutes=5),
            work=forget,
        ),
    )
