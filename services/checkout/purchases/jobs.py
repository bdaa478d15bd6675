"""What is done about purchases at set times."""

from __future__ import annotations

from datetime import timedelta

from chassis.clock import Clock
from chassis.database import Database
from chassis.jobs import Job
from checkout.purchases import request_store


def jobs(database: Database, clock: Clock) -> tuple[Job, ...]:
    """The jobs of this room."""

    async def forget_keys() -> None:
        """Keys live for 24 hours (C-1); a day more costs nothing."""
        async with database.transaction() as tx:
            await request_store.forget_old(tx, before=clock.now() - 2 * request_store.LIFETIME)

    return (
        Job(
            name="forget-keys",
            purpose="Forgets idempotency keys that are older than two days.",
            every=timedelta(hours=1),
            at_most=timedelta(minutes=5),
            work=forget_keys,
        ),
    )
