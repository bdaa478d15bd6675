"""How the stock follows orders and the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chassis.database import Transaction
from eventbus import Effect, Received, Start
from events import CatalogueCityChanged, OrderEvent, Topic
from inventory.pools.mirror import Mirror
from inventory.pools.orders import followed
from inventory.pools.service import Stock

ORDERS_GROUP = "inventory-orders"
CATALOGUE_GROUP = "inventory-catalogue"


def orders_effect(stock: Stock, mirror: Mirror) -> Effect:
    """One handler for all types, so that a batch costs a few statements for each of its cities."""

    async def follow(tx: Transaction, batch: Sequence[Received[OrderEvent]]) -> None:
        saved = await stock.follow_orders(tx, batch)
        # Last, so that nothing is told of a batch that fails and is undone.
        tx.after_commit(lambda: mirror.committed(*saved))

    return Effect(
        group=ORDERS_GROUP,
        topics=(Topic.ORDERS,),
        start=Start.BEGINNING,
        handlers=dict.fromkeys(followed(restoring=stock.restoring), follow),
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
