"""What a row of the file of orders says. Pure."""

from __future__ import annotations

from typing import Final

from chassis.clock import utc_text
from checkout.orders.models import OrderOut

COLUMNS: Final = (
    "orderId",
    "number",
    "state",
    "placedAt",
    "paidAt",
    "cityId",
    "tiers",
    "seats",
    "amount",
    "charged",
    "refunded",
    "currency",
    "source",
    "liveMode",
    "firstName",
    "lastName",
    "email",
    "phone",
)


def row_of(order: OrderOut, charged: int, refunded: int) -> tuple[object, ...]:
    """A row of `COLUMNS`; amounts in minor units of the order's currency.

    charged, refunded: what processors took for it and gave back, which a second charge is part of
    """
    customer = order.customer
    return (
        str(order.order_id),
        order.number,
        order.state.value,
        utc_text(order.placed_at),
        utc_text(order.paid_at) if order.paid_at else "",
        order.city_id or "",
        " ".join(sorted({seat.tier for seat in order.seats})),
        len(order.seats),
        order.amount,
        charged,
        refunded,
        order.currency,
        order.source.value,
        order.live_mode,
        customer.first_name,
        customer.last_name,
        customer.email,
        customer.phone or "",
    )
