"""Use cases of the figures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from chassis.database import Reader, Transaction
from eventbus import Received
from events import Event, StockEvent
from monitor.figures import store
from monitor.figures.counting import counts, happened
from monitor.figures.domain import Figure, Kind, Payments, Pool, Tally

_PAYMENTS: Final = (Figure.ORDERS_PAID, Figure.PAYMENTS_FAILED, Figure.PAYMENTS_DECLINED)


async def count(tx: Transaction, batch: Sequence[Received[Event]]) -> None:
    """Counts a batch, and keeps the newest state of each pool in it: two statements at most."""
    tally = Tally()
    for received in batch:
        at = happened(received.event, received.envelope)
        for counted in counts(received.event):
            tally.add(counted, at=at)
    await store.add(tx, tally)
    await store.keep_newest(tx, newest_pools(received.event for received in batch))


def newest_pools(events: Iterable[Event]) -> list[Pool]:
    """Of each pool that the events tell of the state with the highest stock version."""
    newest: dict[str, StockEvent] = {}
    for event in events:
        if isinstance(event, StockEvent):
            known = newest.get(event.city_id)
            if known is None or known.stock_version < event.stock_version:
                newest[event.city_id] = event
    return [pool for event in newest.values() for pool in _pools(event)]


async def payments(reader: Reader, *, since: datetime, kinds: Sequence[Kind] = (Kind.BUSINESS,)) -> Payments:
    found = await store.counts_since(reader, _PAYMENTS, since=since, kinds=kinds)
    return Payments(
        paid=found[Figure.ORDERS_PAID].count,
        failed=found[Figure.PAYMENTS_FAILED].count,
        declined=found[Figure.PAYMENTS_DECLINED].count,
    )


async def real_payments(reader: Reader, *, since: datetime) -> Payments:
    """Whoever pays, the processor is the same: only synthetic purchases say nothing about it (M-13)."""
    return await payments(reader, since=since, kinds=(Kind.BUSINESS, Kind.DEMO))


async def pool(reader: Reader, *, city: str, tier: str) -> Pool | None:
    return await store.pool(reader, city=city, tier=tier)


def _pools(event: StockEvent) -> list[Pool]:
    return [
        Pool(
            city=event.city_id,
            tier=tier,
            stock_version=event.stock_version,
            public_limit=level.public_limit,
            actual_limit=level.actual_limit,
            held=level.held,
            sold=level.sold,
            oversold=level.oversold,
            available=level.available,
            changed_at=event.occurred_at,
        )
        for tier, level in event.pools.items()
    ]
