"""The pause as every process keeps it: a purchase asks no database for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chassis.clock import Clock
from chassis.database import Database
from checkout.maintenance import store
from checkout.maintenance.domain import Maintenance
from eventbus import Received, Start, View
from events import MaintenanceEnded, MaintenanceStarted, Topic


class MaintenanceMemory:
    """Renewed by the events on `operations`, and by a look now and then: the database is ours, and newer than any."""

    def __init__(self, database: Database, *, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.current: Maintenance | None = None

    async def refresh(self) -> None:
        """Reads what is under way."""
        self.current = await store.current(self._database)

    def require_none(self) -> None:
        """Raises UnderMaintenance while purchases pause."""
        if self.current is not None:
            raise self.current.refusal(self._clock.now())

    def view(self) -> View:
        """Every process hears of each beginning and end."""

        async def on_change(_received: Sequence[Received[Any]]) -> None:
            await self.refresh()

        return View(
            name="maintenance",
            topics=(Topic.OPERATIONS,),
            types=(MaintenanceStarted, MaintenanceEnded),
            handler=on_change,
            start=Start.NOW,
        )
