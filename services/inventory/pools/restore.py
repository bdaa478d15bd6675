"""After the database was restored from a backup, the stock follows the orders again before it is sold on (E-4).

Offsets lie in the same backup, so `orders` is read again from there, and what was sold since is sold once more, with
the same event ids. Holds were asked for by a call, not by an event: `order.placed` makes them again. Until that is
read nobody gets a seat, because it may be somebody's already; and a payment that finds no free seat waits, because
the order that had it before may not be read yet.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from time import monotonic
from typing import Final

from chassis.database import Database
from chassis.errors import Unavailable
from chassis.telemetry import get_logger
from eventbus import Progress
from eventbus.incoming.offsets import Partition
from inventory.pools import restore_store
from inventory.pools.consumers import ORDERS_GROUP
from inventory.pools.mirror import Mirror
from inventory.pools.service import Stock

log = get_logger()

# Between two attempts of a deferred event; what still finds no seats then, finds none.
LONGEST_PAUSE: Final = timedelta(seconds=13)


class Restore:
    """Whether seats can't be given away yet (`pending`). In a worker, with `progress`, it finds out when they can."""

    def __init__(
        self, stock: Stock, mirror: Mirror, *, database: Database, progress: Progress | None, pending: bool
    ) -> None:
        self._stock = stock
        self._mirror = mirror
        self._database = database
        self._progress = progress
        self._mark: Mapping[Partition, int] | None = None
        self._read_at: float | None = None
        self.pending = stock.restoring = pending

    @classmethod
    async def of(cls, stock: Stock, mirror: Mirror, *, database: Database, progress: Progress | None) -> Restore:
        """By the database, before the service starts to read and to answer."""
        pending = await restore_store.restore_pending(database)
        return cls(stock, mirror, database=database, progress=progress, pending=pending)

    def require_done(self) -> None:
        """Raises Unavailable."""
        if self.pending:
            raise Unavailable("the stock was restored from a backup and reads what happened since")

    async def look(self) -> None:
        """Called every second; an outage only makes it wait."""
        if not self.pending:
            return
        try:
            if self._progress is not None:
                await self._finish(self._progress)
            self.pending = self._stock.restoring = await restore_store.restore_pending(self._database)
        except Unavailable as outage:
            log.warning("restore_waits", reason=str(outage))

    async def _finish(self, progress: Progress) -> None:
        """Ends it once `orders` is read up to a moment at which checkout had said whatever it had held before, and
        what had to wait for others in it was tried again.
        """
        if self._mark is None:
            if not await restore_store.restore_settled(self._database):
                return
            self._mark = await progress.mark()
        async with self._database.transaction() as tx:
            if not await progress.passed(tx, self._mark):
                return
            self._read_at = self._read_at or monotonic()
            if (
                await restore_store.deferred(tx, ORDERS_GROUP)
                and monotonic() - self._read_at < LONGEST_PAUSE.total_seconds()
            ):
                return
            saved = await self._stock.tell_all(tx)
            await restore_store.end_restore(tx)
        self._mirror.committed(*saved)
        log.info("restore_done", cities=len(saved))
