"""Goes on with runs, a step at a time: whatever dies on the way leaves the rest to others."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.database import Database
from chassis.due_rows import DueRows
from checkout.reconciliation import store
from checkout.reconciliation.domain import Run
from checkout.reconciliation.engine import ReconciliationEngine

# Longer than a page takes that has to be asked for again, or a few repairs.
LEASE: Final = timedelta(minutes=2)
_AT_ONCE: Final = 3


class ReconciliationWorker:
    """`due` is kept by the service's background."""

    def __init__(self, engine: ReconciliationEngine, *, database: Database, poll: timedelta) -> None:
        self._database = database
        self.due = DueRows("reconciliations", claim=self._claim, work=engine.go_on, at_once=_AT_ONCE, poll=poll)

    async def _claim(self, room: int) -> Sequence[Run]:
        return await store.claim(self._database, limit=room, lease=LEASE)
