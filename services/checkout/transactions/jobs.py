"""What is done about external transactions at set times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.jobs import Job
from checkout.transactions import sync_store
from checkout.transactions.archive import TransactionArchive

# What processors list late, or date back, is met by then.
_READ_AGAIN: Final = timedelta(days=3)


def jobs(database: Database, archive: TransactionArchive, clock: Clock, *, wake: Callable[[], None]) -> tuple[Job, ...]:
    """The jobs of this room. `wake`: tells the worker that something is due."""

    async def external_sync() -> None:
        now = clock.now()
        async with database.transaction() as tx:
            await sync_store.read_again(tx, since=now - _READ_AGAIN, now=now)
            tx.after_commit(wake)

    async def archive_90d() -> None:
        await archive.archive()

    return (
        Job(
            name="external-sync",
            purpose="Has the last three days of all connected accounts’ payments read again at their processors.",
            at_most=timedelta(minutes=1),
            work=external_sync,
        ),
        Job(
            name="archive-90d",
            purpose="Moves external transactions of more than 90 days ago to the archive, where they still count.",
            at_most=timedelta(minutes=30),
            work=archive_90d,
        ),
    )
