"""Keeps refused deeds: the first of a kind at once, the others of it in one row every 10 seconds (X-5)."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.audit.domain import RefusedDeed
from chassis.audit.store import record_refused
from chassis.background import Periodic
from chassis.database import Database
from chassis.errors import Unavailable
from chassis.tally import TOGETHER, Tally


class RefusedDeeds:
    """Takes the refused deeds of one process; `database` is the service's own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tally: Tally[RefusedDeed] = Tally()

    async def note(self, deed: RefusedDeed) -> None:
        """Keeps one. What comes while the database is away is kept afterwards."""
        kind = self._tally.add(deed, rest=deed.of_many())
        if kind is not None:
            await self._keep([(kind, 1)])

    def periodic(self) -> Periodic:
        """What keeps the others."""
        return Periodic("keep refused deeds", TOGETHER, self.look)

    async def look(self) -> None:
        """Keeps what was counted since the last look."""
        if counted := self._tally.take():
            await self._keep(counted)

    async def _keep(self, counted: Sequence[tuple[RefusedDeed, int]]) -> None:
        try:
            async with self._database.transaction() as tx:
                await record_refused(tx, counted)
        except Unavailable:
            self._tally.put_back(counted)
