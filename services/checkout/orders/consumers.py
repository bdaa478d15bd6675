"""What inventory and the notifier say about our orders is kept for their pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from chassis.database import Transaction
from checkout.orders import fulfilment_store
from checkout.orders.fulfilment_store import DeliveryNews, StockNews
from eventbus import Effect, Received, Start
from events import (
    Event,
    NotificationDelivered,
    NotificationFailed,
    NotificationQueued,
    NotificationSent,
    NotificationSuppressed,
    OrderStockEvent,
    StockOversold,
    StockOversoldResolved,
    StockSold,
    TicketCheckedIn,
    Topic,
)

GROUP: Final = "checkout-fulfilment"

_STATES: Final[Mapping[type[Event], str]] = MappingProxyType(
    {
        NotificationQueued: "queued",
        NotificationSent: "sent",
        NotificationDelivered: "delivered",
        NotificationFailed: "failed",
        NotificationSuppressed: "suppressed",
    }
)


async def record_stock(tx: Transaction, batch: Sequence[Received[Any]]) -> None:
    """Seats sold, oversold or settled, the newest of each pool of an order."""
    newest: dict[tuple[UUID, str, str], StockNews] = {}
    for received in batch:
        news = _stock_news(received.event)
        pool = (news.order_id, news.city_id, news.tier)
        if pool not in newest or newest[pool].version < news.version:
            newest[pool] = news
    await fulfilment_store.record_stock(tx, list(newest.values()))


async def record_entries(tx: Transaction, batch: Sequence[Received[TicketCheckedIn]]) -> None:
    """Who came in, the newest word of each ticket."""
    newest: dict[tuple[UUID, int], TicketCheckedIn] = {}
    for event in sorted((received.event for received in batch), key=lambda event: event.version):
        newest[event.order_id, event.seat] = event
    await fulfilment_store.record_entries(tx, list(newest.values()))


async def record_notification(tx: Transaction, batch: Sequence[Received[Any]]) -> None:
    """How far each message about an order is; older news changes nothing."""
    newest: dict[UUID, DeliveryNews] = {}
    for received in batch:
        event = received.event
        known = newest.get(event.delivery_id)
        if event.order_id is not None and (known is None or known.version < event.version):
            newest[event.delivery_id] = _news(event)
    if newest:
        await fulfilment_store.record_deliveries(tx, list(newest.values()))


def _stock_news(event: OrderStockEvent) -> StockNews:
    oversold = event.quantity if isinstance(event, StockOversold) else 0
    return StockNews(
        order_id=event.order_id,
        city_id=event.city_id,
        tier=event.tier,
        version=event.stock_version,
        at=event.occurred_at,
        oversold=event.still_oversold if isinstance(event, StockOversoldResolved) else oversold,
    )


def _news(event: Any) -> DeliveryNews:
    return DeliveryNews(
        delivery_id=event.delivery_id,
        order_id=event.order_id,
        channel=event.channel,
        kind=event.kind,
        version=event.version,
        state=_STATES[type(event)],
        changed_at=event.occurred_at,
    )


def fulfilment_effect() -> Effect:
    """The group that follows stock and notifications from their beginning."""
    return Effect(
        group=GROUP,
        topics=(Topic.STOCK, Topic.NOTIFICATIONS),
        start=Start.BEGINNING,
        handlers={
            StockSold: record_stock,
            StockOversold: record_stock,
            StockOversoldResolved: record_stock,
            TicketCheckedIn: record_entries,
            **dict.fromkeys(_STATES, record_notification),
        },
        gather=timedelta(milliseconds=100),
    )
