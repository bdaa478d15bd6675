"""All SQL on by which decision an order is paid, and what its payment pages sell."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from pydantic import TypeAdapter

from chassis.database import Reader, Transaction
from checkout.payments.processors.port import Sale

_SALE: Final = TypeAdapter(Sale)


async def add(tx: Transaction, order_id: UUID, decision_id: UUID, sale: Sale) -> None:
    """Keeps it with the order, whichever way is taken."""
    await tx.execute(
        "INSERT INTO order_ways (order_id, decision_id, sale) VALUES ($1, $2, $3)",
        order_id,
        decision_id,
        _SALE.dump_python(sale, mode="json"),
    )


async def get(reader: Reader, order_id: UUID) -> tuple[UUID, Sale] | None:
    """The decision and the sale; None for an order that is paid to the platform without one."""
    row = await reader.fetchrow("SELECT decision_id, sale FROM order_ways WHERE order_id = $1", order_id)
    return (row["decision_id"], _SALE.validate_python(row["sale"])) if row else None
