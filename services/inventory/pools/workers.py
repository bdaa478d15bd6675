"""Frees holds whose own end has passed (I-2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from chassis.database import Database
from chassis.errors import Unavailable
from chassis.outages import OutageLog
from chassis.telemetry import get_logger, span
from eventbus import Progress
from eventbus.incoming.offsets import Partition
from inventory.pools import store
from inventory.pools.domain import Hold
from inventory.pools.mirror import Mirror
from inventory.pools.service import Stock

log = get_logger()

# A due hold is freed within 1 s (I-2): one look takes the mark, and finds it passed, or the next one does.
INTERVAL = timedelta(seconds=0.4)
MOST_TOGETHER = 500
# How long a hold is left alone whose order has an event that waits or died; it must not keep others from their end.
PATIENCE = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueRound:
    """The holds of one round that may be ended.

    looked_at: the time of the look
    holds: those whose own end had passed by then
    mark: where `orders` ended after that time
    """

    looked_at: datetime
    holds: Sequence[Hold]
    mark: Mapping[Partition, int]


class HoldEnder:
    """Frees holds whose own end has passed, but never before a payment that came in time (I-2).

    First the due holds, then the ends of `orders`, which hold whatever was published until then; only when the group
    has read past these ends, and nothing of the order waits or died, is a hold freed. So a backlog of paid orders comes
    first, however long this service was away.
    """

    def __init__(self, stock: Stock, mirror: Mirror, *, database: Database, progress: Progress) -> None:
        self._stock = stock
        self._mirror = mirror
        self._database = database
        self._progress = progress
        self._round: DueRound | None = None
        self._unsettled: dict[UUID, datetime] = {}
        self._outages = OutageLog(lambda reason: log.warning("hold_ends_wait", reason=reason))

    async def look(self) -> None:
        """Does one step; an outage only makes it wait."""
        try:
            current = self._round or await self._begin()
            self._round = None if current is None or await self._finish(current) else current
        except Unavailable as outage:
            self._outages.tell(str(outage))

    async def _begin(self) -> DueRound | None:
        looked_at, holds = await store.due_holds(self._database, without=self._unsettled, limit=MOST_TOGETHER)
        self._unsettled = {order: seen for order, seen in self._unsettled.items() if looked_at - seen < PATIENCE}
        if not holds:
            return None
        return DueRound(looked_at=looked_at, holds=holds, mark=await self._progress.mark())

    async def _finish(self, current: DueRound) -> bool:
        """False while `orders` is not read that far; the mark stays, so that new orders don't put it off for ever."""
        by_city: dict[str, list[Hold]] = {}
        for hold in current.holds:
            by_city.setdefault(hold.city_id or "", []).append(hold)
        for city_id in sorted(by_city):
            if not await self._end(current, city_id, by_city[city_id]):
                return False
        return True

    async def _end(self, current: DueRound, city_id: str, holds: Sequence[Hold]) -> bool:
        with span("end holds", city=city_id, holds=len(holds)):
            async with self._database.transaction() as tx:
                if not await self._progress.passed(tx, current.mark):
                    return False
                unsettled = await self._progress.unsettled(tx, [str(hold.order_id) for hold in holds])
                order_ids = [hold.order_id for hold in holds if str(hold.order_id) not in unsettled]
                self._unsettled |= {UUID(key): current.looked_at for key in unsettled}
                saved = await self._stock.expire(tx, city_id, order_ids, ended_by=current.looked_at)
        if saved is not None:
            self._mirror.committed(saved)
        return True
