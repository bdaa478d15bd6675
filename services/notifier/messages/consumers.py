"""The notifier's consumer groups, one a way of reaching people: each one's trouble stops none of the others (E-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from chassis.database import Transaction
from eventbus import Effect, Received, Start
from events import OrderPaid, OrderStockEvent, StockOversold, StockSold, Topic
from notifier.messages.service import Announcements

SMS_GROUP = "notifier-sms"
EMAIL_GROUP = "notifier-email"


def effects(announcements: Announcements) -> tuple[Effect, ...]:
    """Messages to people begin now: a new group sends no old news."""

    async def seats(tx: Transaction, batch: Sequence[Received[OrderStockEvent]]) -> None:
        newest = sorted(batch, key=lambda received: received.event.stock_version)
        await announcements.seated(
            tx,
            {
                received.event.order_id: "oversold" if isinstance(received.event, StockOversold) else "sold"
                for received in newest
            },
        )

    return (
        Effect(
            group=SMS_GROUP,
            topics=(Topic.ORDERS,),
            start=Start.NOW,
            handlers={OrderPaid: announcements.sold},
            gather=timedelta(milliseconds=20),
        ),
        Effect(
            group=EMAIL_GROUP,
            topics=(Topic.ORDERS, Topic.STOCK),
            start=Start.NOW,
            handlers={OrderPaid: announcements.confirmed, StockSold: seats, StockOversold: seats},
            gather=timedelta(milliseconds=20),
        ),
    )
