"""What is done about signs and blocks at set times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.jobs import Job
from checkout.blocks import store
from config import Abuse

# For whoever asks later why somebody could not buy.
KEPT: Final = timedelta(days=30)


def jobs(database: Database, clock: Clock, *, rules: Callable[[], Abuse]) -> tuple[Job, ...]:
    """The jobs of this room."""

    async def forget() -> None:
        """What no rule looks back to, and blocks that ended a month ago."""
        now = clock.now()
        async with database.transaction() as tx:
            await store.forget_signs(tx, before=now - rules().memory)
            await store.forget_blocks(tx, before=now - KEPT)

    return (
        Job(
            name="forget-signs",
            purpose="Forgets what buyers did, as soon as no rule looks back to it, and blocks that are long over.",
            at_most=timedelta(minutes=5),
            work=forget,
        ),
    )
