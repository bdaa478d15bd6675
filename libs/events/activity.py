from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from events.base import Event, MinorUnits, OrderId
from events.orders import OrderSource
from events.topics import Topic


class ActivityCheckoutStarted(Event):
    """The server's own mark in the funnel, with the price (C-10, E-11)."""

    type: ClassVar[str] = "fullhouse.activity.checkout_started.v1"
    topic: ClassVar[Topic] = Topic.ACTIVITY

    visitor_id: str
    order_id: OrderId
    city_id: str
    tier: str
    quantity: int
    unit_price: MinorUnits
    currency: str
    member: bool
    source: OrderSource
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return self.visitor_id
