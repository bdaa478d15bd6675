"""Settles deliveries with the receipts that wait."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.database import Database
from chassis.due_rows import DueBatches
from notifier.deliveries.service import Deliveries
from notifier.receipts import service, store

_POLL: Final = timedelta(milliseconds=500)
# Where the process that takes receipts in settles them, too, it says so.
_RARELY: Final = timedelta(seconds=2)
# A message has two or three receipts, often within this time; nobody waits for them.
_GATHER: Final = timedelta(milliseconds=100)


class ReceiptSettler:
    """Works on receipts as they come, many in one transaction."""

    def __init__(self, database: Database, deliveries: Deliveries) -> None:
        self._database = database
        self._deliveries = deliveries
        self.due = DueBatches(
            "receipts", take=self._settle, batch=service.BATCH, poll=_POLL, look=self._worth_it, gather=_GATHER
        )

    def told_of_each(self) -> None:
        """Says that the process which stores the receipts is this one."""
        self.due.doze(_RARELY)

    async def _worth_it(self) -> bool:
        return await store.any_due(self._database)

    async def _settle(self) -> int:
        async with self._database.transaction() as tx:
            return await service.settle(tx, self._deliveries)
