"""All SQL on what of an order only people change: where its seats are, whose it is, whom its tickets were given to."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from chassis.database import Transaction
from chassis.emails import email_key
from checkout.orders.domain import Order
from checkout.orders.holders import Holder, Person


async def reseat(tx: Transaction, order: Order) -> None:
    """Stores what else of an order changes when its seats are moved."""
    await tx.execute(
        "UPDATE orders SET lines = $2, city_ids = $3 WHERE order_id = $1",
        order.order_id,
        [line.model_dump(mode="json") for line in order.lines],
        list(order.city_ids),
    )


async def give(tx: Transaction, order: Order) -> None:
    """Stores whom its tickets were given to."""
    await tx.execute(
        "UPDATE orders SET holders = $2, holder_keys = $3 WHERE order_id = $1",
        order.order_id,
        [_holder_row(each) for each in order.holders],
        [email_key(each.person.email) for each in order.holders],
    )


async def rename(tx: Transaction, order: Order) -> None:
    """Stores whose order it is now."""
    customer = order.customer
    await tx.execute(
        """
        UPDATE orders SET first_name = $2, last_name = $3, email = $4, email_key = $5, link_issue = $6
        WHERE order_id = $1
        """,
        order.order_id,
        customer.first_name,
        customer.last_name,
        customer.email,
        email_key(customer.email),
        order.link_issue,
    )


def _holder_row(holder: Holder) -> dict[str, Any]:
    return {"seat": holder.seat, "transfers": holder.transfers, **asdict(holder.person)}


def holder_of_row(row: dict[str, Any]) -> Holder:
    """Whom a ticket was given to, as an order's row has it."""
    person = {name: value for name, value in row.items() if name not in {"seat", "transfers"}}
    return Holder(seat=row["seat"], transfers=row["transfers"], person=Person(**person))
