"""Keeping the board across restarts."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.background import Periodic
from chassis.clock import Clock
from chassis.database import Database
from monitor.health import service
from monitor.health.board import HealthBoard

REMEMBER: Final = timedelta(seconds=10)


def remembering(database: Database, board: HealthBoard, *, clock: Clock) -> Periodic:
    async def remember() -> None:
        async with database.transaction() as tx:
            await service.remember(tx, board, clock=clock)

    return Periodic("health board", REMEMBER, remember)
