"""What changes of stock look like to everybody else: events, and rows of the ledger. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from chassis.ids import derived_uuid7
from config import StockLevel, StockLevels
from eventbus import Outgoing
from events import (
    Event,
    LimitsEvent,
    OrderId,
    OrderStockEvent,
    OversoldResolution,
    PoolLevel,
    PoolLimits,
    StockExpanded,
    StockHeld,
    StockLevelChanged,
    StockLow,
    StockOversold,
    StockOversoldResolved,
    StockReleased,
    StockReset,
    StockReturned,
    StockScope,
    StockSold,
    StockSoldOut,
)
from inventory.ledger.domain import LedgerEntry, Operation
from inventory.pools.domain import Change, ChangeKind, City, Pool
from inventory.pools.levels import crossing

# What a cause of `pools/service.py` says of seats that their order has left for others.
ORDER_SEATS_MOVED: Final = "order_seats_moved"
_OPERATIONS = {
    ChangeKind.OPENED: Operation.EXPAND,
    ChangeKind.HELD: Operation.HOLD,
    ChangeKind.RELEASED: Operation.RELEASE,
    ChangeKind.EXPIRED: Operation.EXPIRE,
    ChangeKind.SOLD: Operation.SELL,
    ChangeKind.OVERSOLD: Operation.SELL,
    # The seats were counted as sold when they were paid.
    ChangeKind.SETTLED: Operation.CORRECT,
    ChangeKind.RETURNED: Operation.RETURN,
    ChangeKind.EXPANDED: Operation.EXPAND,
    ChangeKind.SHRUNK: Operation.SHRINK,
    ChangeKind.RESET: Operation.RESET,
    ChangeKind.CORRECTED: Operation.CORRECT,
}
_PLAIN: dict[ChangeKind, type[OrderStockEvent]] = {
    ChangeKind.HELD: StockHeld,
    ChangeKind.OVERSOLD: StockOversold,
    ChangeKind.RETURNED: StockReturned,
}
_LIMITS: dict[ChangeKind, type[LimitsEvent]] = {
    ChangeKind.EXPANDED: StockExpanded,
    ChangeKind.RESET: StockReset,
}


def ledger_entries(changes: Iterable[Change], at: datetime) -> list[LedgerEntry]:
    """Those of changes that give or take seats; whether their money is on its way is not the ledger's."""
    return [_entry(change, at) for change in changes if change.kind in _OPERATIONS]


def _entry(change: Change, at: datetime) -> LedgerEntry:
    before = change.before.pools.get(change.tier)
    return LedgerEntry(
        city_id=change.after.city_id,
        tier=change.tier,
        operation=_OPERATIONS[change.kind],
        quantity=change.quantity,
        order_id=change.order_id,
        actor=change.cause.actor,
        reason=change.cause.reason,
        event_id=change.cause.event_id,
        before=(before or Pool(tier=change.tier, public_limit=0, actual_limit=0)).counts(),
        after=change.after.pools[change.tier].counts(),
        timestamp=at,
    )


def events(changes: Iterable[Change], at: datetime, levels: StockLevels) -> list[Outgoing]:
    """For each change a stock event, then the levels that it crossed (I-9), all in the trace of their cause."""
    return [item for change in changes for item in _outgoing(change, at, levels)]


def _outgoing(change: Change, at: datetime, levels: StockLevels) -> Iterator[Outgoing]:
    stock = _stock(change.after, at)
    told = [*_event(change, stock)]
    if change.kind is not ChangeKind.HELD:  # a hold settles nothing, and is no sale yet
        told += (*_resolved(change, stock), *_fallen(change, stock, levels))
    for number, event in enumerate(told):
        yield Outgoing(event=event, traceparent=change.cause.traceparent, id=_id(change, event, number))


def standing(city: City, at: datetime) -> Outgoing:
    """Where a city stands, without a change."""
    return Outgoing(event=StockLevelChanged(**_stock(city, at)))


def _id(change: Change, event: Event, number: int) -> UUID | None:
    """What follows from an event has the same id each time: a restored database says it again (E-4).

    An event changes what an order, or an offer, has of a pool at most once in a way.
    """
    if change.cause.event_id is None:
        return None
    whose = (change.after.city_id, change.tier, str(change.order_id))
    return derived_uuid7(change.cause.event_id, event.type, change.kind, *whose, str(number))


def _event(change: Change, stock: dict[str, Any]) -> Iterator[Event]:
    """What the change is; that an oversold seat is settled, `_resolved` says."""
    if change.kind in _LIMITS:
        before, after = (city.pools[change.tier] for city in (change.before, change.after))
        limits = {"limits_before": _limits(before), "limits_after": _limits(after)}
        yield _LIMITS[change.kind](**stock, tier=change.tier, **limits)
    elif change.order_id is None or change.kind is ChangeKind.KEPT:
        yield StockLevelChanged(**stock)
    elif change.kind is not ChangeKind.SETTLED:
        yield _of_order(change, stock, {"order_id": OrderId(change.order_id), "tier": change.tier})


def _of_order(change: Change, stock: dict[str, Any], order: dict[str, Any]) -> Event:
    order["quantity"] = change.quantity
    if change.kind is ChangeKind.SOLD:
        return StockSold(**stock, **order, from_spare=change.from_spare)
    if change.kind in {ChangeKind.RELEASED, ChangeKind.EXPIRED}:
        return StockReleased(**stock, **order, cause=change.cause.reason)
    return _PLAIN[change.kind](**stock, **order)


def _resolved(change: Change, stock: dict[str, Any]) -> Iterator[Event]:
    if change.order_id is None or not change.resolved:
        return
    yield StockOversoldResolved(
        **stock,
        order_id=OrderId(change.order_id),
        tier=change.tier,
        quantity=change.resolved,
        cause=_resolution(change),
        still_oversold=change.still_oversold,
    )


def _resolution(change: Change) -> OversoldResolution:
    if change.kind is ChangeKind.SETTLED:
        return OversoldResolution.SEAT_FOUND
    moved = change.cause.reason == ORDER_SEATS_MOVED
    return OversoldResolution.MOVED if moved else OversoldResolution.REFUNDED


def _fallen(change: Change, stock: dict[str, Any], levels: StockLevels) -> Iterator[Event]:
    """Opening a pool crosses nothing; only what falls is announced."""
    before, after = change.before.pools.get(change.tier), change.after.pools[change.tier]
    if before is None or after.unsold >= before.unsold:
        return
    yield from _pool_fallen(before, after, stock, levels)
    yield from _city_fallen(change, stock, levels)


def _pool_fallen(before: Pool, after: Pool, stock: dict[str, Any], levels: StockLevels) -> Iterator[Event]:
    thresholds = levels.thresholds(after.tier, after.thresholds)
    crossed = crossing(thresholds, before=before.unsold, after=after.unsold)
    if crossed is None:
        return
    reached, also = crossed.threshold, crossed.also_crossed
    if reached.level is StockLevel.SOLD_OUT:
        yield StockSoldOut(**stock, tier=after.tier, also_crossed=also)
    else:
        yield StockLow(
            **stock,
            scope=StockScope.TIER,
            tier=after.tier,
            available=after.unsold,
            level=reached.level.value,
            urgent=reached.urgent,
            threshold=reached.seats,
            also_crossed=also,
        )


def _city_fallen(change: Change, stock: dict[str, Any], levels: StockLevels) -> Iterator[Event]:
    before, after = change.before.unsold(), change.after.unsold()
    threshold = levels.city.threshold(sum(pool.public_limit for pool in change.after.pools.values()))
    if crossing((threshold,), before=before, after=after):
        yield StockLow(
            **stock, scope=StockScope.CITY, available=after, level=threshold.level.value, threshold=threshold.seats
        )


def _stock(city: City, at: datetime) -> dict[str, Any]:
    return {
        "city_id": city.city_id,
        "stock_version": city.version,
        "remaining_inventory": city.remaining(),
        "pools": {tier: _level(pool) for tier, pool in city.pools.items()},
        "occurred_at": at,
    }


def _level(pool: Pool) -> PoolLevel:
    return PoolLevel(
        public_limit=pool.public_limit,
        actual_limit=pool.actual_limit,
        held=pool.held,
        sold=pool.sold,
        oversold=pool.oversold,
        available=pool.remaining,
    )


def _limits(pool: Pool) -> PoolLimits:
    return PoolLimits(public=pool.public_limit, actual=pool.actual_limit)
