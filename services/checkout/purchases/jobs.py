"""What is done about purchases at set times."""

from __future__ import annotations

from datetime import timedelta

from chassis.clock import Clock
from chassis.database import Database
from chassis.jobs import Job
from checkout.purchases import open_seat_store, request_store


def jobs(database: Database, clock: Clock) -> tuple[Job, ...]:
    """The jobs of this room."""

    async def forget_keys() -> None:
        """Keys live for 24 hours (C-1); a day more costs nothing."""
        async with database.transaction() as tx:
            await request_store.forget_old(tx, before=clock.now() - 2 * request_store.LIFETIME)

    async def forget_buyers() -> None:
        """What is known of a buyer's address is needed only while nobody has paid (X-5)."""
        async with database.transaction() as tx:
            await open_seat_store.forget_settled(tx)

    return (
        Job(
            name="forget-keys",
            purpose="Forgets idempotency keys that are older than two days.",
            at_most=timedelta(minutes=5),
            work=forget_keys,
        ),
        Job(
            name="forget-buyers",
            purpose="Forgets whose unpaid seats they were, once they are paid or free.",
            at_most=timedelta(minutes=5),
            work=forget_buyers,
        ),
    )
