"""An order's state as events on `orders` (E-6, E-11)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from checkout.orders.domain import Order
from checkout.orders.holders import Holder
from checkout.orders.tokens import OrderTokens
from events import OrderEvent, TicketHolder

E = TypeVar("E", bound=OrderEvent)

# What an order and its events call alike.
SAME = (
    "order_id",
    "number",
    "version",
    "state",
    "lines",
    "seats",
    "amount",
    "discount_total",
    "currency",
    "customer",
    "member",
    "member_verified",
    "discount_code",
    "business_type",
    "processor",
    "payment_method",
    "country",
    "region",
    "visitor_id",
    "attribution",
    "source",
    "live_mode",
)


class OrderMessages:
    """Builds each event with the whole order in it."""

    def __init__(self, tokens: OrderTokens) -> None:
        self._tokens = tokens

    def event(self, kind: type[E], order: Order, *, at: datetime, **more: Any) -> E:
        """The event of this kind; `more` are the kind's own fields."""
        fields = {name: getattr(order, name) for name in SAME}
        link = self._tokens.page(order, "/success")
        holders = tuple(self.holder(order, holder) for holder in order.holders)
        return kind(**fields, link=link, holders=holders, occurred_at=at, **more)

    def holder(self, order: Order, holder: Holder) -> TicketHolder:
        """Whom a ticket was given to, with the link to it."""
        return TicketHolder(
            seat=holder.seat,
            first_name=holder.person.first_name,
            last_name=holder.person.last_name,
            email=holder.person.email,
            link=self._tokens.ticket_page(order, holder),
        )
