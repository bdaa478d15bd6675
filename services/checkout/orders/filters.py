"""What all ways in to lists of orders take: filters, and places to go on from."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query

from chassis.app import Moment, PlainText, write_cursor
from chassis.ids import parse_short_number
from checkout.orders.domain import Order
from checkout.orders.list_store import OrderFilters
from events import OrderState


def order_filters(
    email: PlainText | None = None,
    name: Annotated[PlainText | None, Query(description="the buyer's first name, last name or both, whole")] = None,
    status: OrderState | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
    city_id: Annotated[PlainText | None, Query(alias="cityId")] = None,
    number: Annotated[PlainText | None, Query(description="the short number, as people type it")] = None,
) -> OrderFilters:
    """A dependency: which orders are meant; filters are named as the fields that they filter (X-3)."""
    return OrderFilters(
        email=email,
        name=name,
        status=status,
        since=since,
        until=until,
        city_id=city_id,
        number=(parse_short_number(number) or number) if number else None,
    )


def write_place(order: Order) -> str:
    """The cursor for the place right behind an order."""
    return write_cursor(order.placed_at, order.order_id)
