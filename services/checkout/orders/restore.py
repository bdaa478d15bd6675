"""Brings the orders of a database that was restored from a backup to where their own events are (E-4, E-6).

Everybody else has heard these events: the rows follow them, and nobody is told again. What was not sent yet when the
database was lost, the processor's lists tell (`polls`).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from chassis.database import Transaction
from chassis.emails import email_key
from checkout.catalogue import service as catalogue
from checkout.catalogue import store as catalogue_store
from checkout.orders import correction_store, store
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.following import begun, followed
from checkout.orders.states import OVER
from events import OrderEvent, OrderPlaced

_RESTORED = Cause(who="system", why=Why.RESTORED)


async def restore_orders(tx: Transaction, events: Iterable[object]) -> int:
    """Follows what events of orders say since the backup; returns how many changes were missing.

    Of an order whose beginning is older than the log, and which the backup has not, there is nothing to follow.
    """
    hold = await _hold(tx)
    missing = 0
    for event in sorted((each for each in events if isinstance(each, OrderEvent)), key=lambda each: each.version):
        known = await store.get_locked(tx, event.order_id)
        if known is not None and known.version < event.version:
            await _follow(tx, known, event)
        elif known is None and isinstance(event, OrderPlaced):
            await store.insert(tx, begun(event, hold=hold), _RESTORED)
        else:
            continue
        missing += 1
    return missing


async def _hold(tx: Transaction) -> timedelta:
    """For how long seats are promised to a buyer."""
    known = await catalogue_store.read(tx)
    return known.terms.hold if known else timedelta(0)


async def _follow(tx: Transaction, known: Order, event: OrderEvent) -> None:
    order = followed(known, event)
    await store.update(tx, order, previous=known.state, cause=_RESTORED, at=event.occurred_at)
    if order.lines != known.lines:
        await correction_store.reseat(tx, order)
    if order.holders != known.holders:
        await correction_store.give(tx, order)
    if order.customer != known.customer:
        await correction_store.rename(tx, order)
    await _count_code(tx, order)


async def _count_code(tx: Transaction, order: Order) -> None:
    """A code is used as long as its order is not over."""
    if order.discount_code is None:
        return
    if order.state in OVER:
        await catalogue.give_back(tx, order.order_id)
    else:
        await catalogue.take_again(tx, order.order_id, order.discount_code, email_key=email_key(order.customer.email))
