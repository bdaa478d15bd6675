"""How the stock follows orders and the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chassis.database import Transaction
from eventbus import Effect, Received, Start
from events import (
    CatalogueCityChanged,
    OrderCancelled,
    OrderEvent,
    OrderExpired,
    OrderPaid,
    OrderPaymentFailed,
    OrderPaymentPending,
    OrderPlaced,
    OrderRefunded,
    Topic,
)
from inventory.pools.mirror import Mirror
from inventory.pools.service import Stock

ORDERS_GROUP = "inventory-orders"
CATALOGUE_GROUP = "inventory-catalogue"

# What is said of the stock by an order; the others are skipped by their header.
_ORDER_TYPES: tuple[type[OrderEvent], ...] = (
    OrderPaid,
    OrderPaymentPending,
    OrderExpired,
    OrderCancelled,
    OrderPaymentFailed,
    OrderRefunded,
)


def orders_effect(stock: Stock, mirror: Mirror) -> Effect:
    """One handler for all types, so that a batch costs a few statements for each of its cities.

    What was placed has its hold already, and is read only after a restore.
    """
    types: list[type[OrderEvent]] = [*_ORDER_TYPES, *([OrderPlaced] if stock.restoring else [])]

    async def follow(tx: Transaction, batch: Sequence[Received[OrderEvent]]) -> None:
        saved = await stock.follow_orders(tx, batch)
        # Last, so that nothing is told of a batch that fails and is undone.
        tx.after_commit(lambda: mirror.committed(*saved))

    return Effect(
        group=ORDERS_GROUP,
        topics=(Topic.ORDERS,),
        start=Start.BEGINNING,
        handlers=dict.fromkeys(types, follow),
        gather=timedelta(milliseconds=20),
    )


def catalogue_effect(stock: Stock, mirror: Mirror) -> Effect:
    async def open_cities(tx: Transaction, batch: Sequence[Received[CatalogueCityChanged]]) -> None:
        newest = {received.event.city_id: received for received in sorted(batch, key=_version)}
        saved = []
        for city_id in sorted(newest):
            received = newest[city_id]
            with received.trace():
                done = await stock.open_city(tx, received.event, received.event_id)
            if done is not None:
                saved.append(done)
        tx.after_commit(lambda: mirror.committed(*saved))

    return Effect(
        group=CATALOGUE_GROUP,
        topics=(Topic.CATALOGUE,),
        start=Start.BEGINNING,
        handlers={CatalogueCityChanged: open_cities},
    )


def _version(received: Received[CatalogueCityChanged]) -> int:
    return received.event.version
