"""What visitors do; such facts may be lost."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime

from events.base import Event, OrderId, words_of
from events.orders import OrderLine, OrderSource
from events.topics import Topic


class ActivityCheckoutStarted(Event):
    """A visitor begins to pay: the server's own mark in the funnel, with the price (C-10, E-11)."""

    type: ClassVar[str] = "fullhouse.activity.checkout_started.v1"
    topic: ClassVar[Topic] = Topic.ACTIVITY

    visitor_id: str
    order_id: OrderId
    lines: tuple[OrderLine, ...]
    currency: str
    member: bool
    source: Annotated[str, words_of(OrderSource, "where the order comes from")]
    occurred_at: AwareDatetime

    @property
    def key(self) -> str:
        return self.visitor_id
