"""Goes on with refunds of cities, an order a transaction: what dies on the way leaves the rest to others."""

from __future__ import annotations

from datetime import timedelta

from chassis.crashpoints import crashpoint
from chassis.database import Database
from chassis.due_rows import DueBatches
from checkout.cityrefunds.service import CityRefunds


class CityRefundWorker:
    """`due` is kept by the service's background."""

    def __init__(self, runs: CityRefunds, *, database: Database, poll: timedelta) -> None:
        self._runs = runs
        self._database = database
        self.due = DueBatches("refunds of cities", take=self._take, batch=1, poll=poll)

    async def _take(self) -> int:
        if not await self._runs.any_due(self._database):
            return 0
        async with self._database.transaction() as tx:
            asked = await self._runs.ask_next(tx)
        if asked:
            crashpoint("checkout.after_city_refund_order")
        return int(asked)
