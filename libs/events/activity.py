"""Events of what visitors do; they may be lost."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import AwareDatetime, Field

from events.base import Event, OrderId, words_of
from events.orders import OrderLine, OrderSource
from events.topics import Topic


class ActivityCheckoutStarted(Event):
    """A visitor begins to pay: the server's own entry in the funnel, with the price (C-10, E-11)."""

    type: ClassVar[str] = "fullhouse.activity.checkout_started.v1"
    topic: ClassVar[Topic] = Topic.ACTIVITY

    visitor_id: Annotated[str, Field(description="the visitor of the web client")]
    order_id: Annotated[OrderId, Field(description="the order that is being paid")]
    lines: Annotated[tuple[OrderLine, ...], Field(description="what is to be paid for")]
    currency: Annotated[str, Field(description="ISO 4217")]
    member: Annotated[bool, Field(description="whether the member's price was asked for and given")]
    source: Annotated[str, words_of(OrderSource, "where the order comes from")]
    occurred_at: Annotated[AwareDatetime, Field(description="when the visitor began to pay")]

    @property
    def key(self) -> str:
        return self.visitor_id
