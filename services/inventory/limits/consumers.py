"""After the database was restored from a backup, limits that people changed since are taken from their events (E-4)."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.database import Transaction
from eventbus import Effect, Received, Start
from events import StockEvent, StockExpanded, StockLevelChanged, StockReset, Topic
from inventory.limits.service import LimitService
from inventory.pools.mirror import Mirror

GROUP = "inventory-limits"


def limits_effect(limits: LimitService, mirror: Mirror) -> Effect:
    """Only subscribed to while a restore is followed: what this database has said itself is no news to it."""

    async def follow(tx: Transaction, batch: Sequence[Received[StockEvent]]) -> None:
        newest = {received.event.city_id: received for received in sorted(batch, key=_version)}
        saved = [await limits.follow(tx, newest[city].event, newest[city].event_id) for city in sorted(newest)]
        tx.after_commit(lambda: mirror.committed(*(each for each in saved if each is not None)))

    kinds: tuple[type[StockEvent], ...] = (StockExpanded, StockReset, StockLevelChanged)
    return Effect(group=GROUP, topics=(Topic.STOCK,), start=Start.BEGINNING, handlers=dict.fromkeys(kinds, follow))


def _version(received: Received[StockEvent]) -> int:
    return received.event.stock_version
