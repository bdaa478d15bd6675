"""Keeps what processes said across restarts."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.background import Periodic
from chassis.clock import Clock
from chassis.database import Database
from monitor.health import service
from monitor.health.instances import Instances

SAVE: Final = timedelta(seconds=10)


def saving(database: Database, instances: Instances, *, clock: Clock) -> Periodic:
    """Saves them every 10 seconds."""

    async def save() -> None:
        async with database.transaction() as tx:
            await service.save(tx, instances, clock=clock)

    return Periodic("health instances", SAVE, save)
