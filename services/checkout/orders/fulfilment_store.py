"""All SQL on what stock and messages say of orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Reader, Transaction
from checkout.orders.domain import Delivery, Fulfilment

_FULFILMENT = "SELECT revision, sold_at, oversold FROM order_fulfilment WHERE order_id = $1"
_DELIVERIES = """
SELECT channel, kind, state, changed_at FROM order_deliveries WHERE order_id = $1 ORDER BY changed_at, delivery_id
"""

# One statement for all streams of a process.
_MARKS = """
SELECT o.order_id, o.version, coalesce(f.revision, 0) AS revision
FROM orders o LEFT JOIN order_fulfilment f USING (order_id)
WHERE o.order_id = ANY ($1)
"""

# Facts arrive in any order: the newest stock version counts, and a sale is never unsaid by an older event.
_SOLD = """
INSERT INTO order_fulfilment AS f (order_id, sold_at, stock_version, oversold)
SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::boolean[])
ON CONFLICT (order_id) DO UPDATE
SET sold_at = coalesce(excluded.sold_at, f.sold_at), stock_version = excluded.stock_version,
    oversold = excluded.oversold, revision = f.revision + 1
WHERE excluded.stock_version > f.stock_version
"""

_DELIVERED = """
WITH news AS (
    INSERT INTO order_deliveries AS d (delivery_id, order_id, channel, kind, version, state, changed_at)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::int[], $6::text[], $7::timestamptz[])
    ON CONFLICT (delivery_id) DO UPDATE
    SET version = excluded.version, state = excluded.state, changed_at = excluded.changed_at
    WHERE excluded.version > d.version
    RETURNING order_id
)
INSERT INTO order_fulfilment AS f (order_id) SELECT DISTINCT order_id FROM news ORDER BY order_id
ON CONFLICT (order_id) DO UPDATE SET revision = f.revision + 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryNews:
    """How far a message about an order is.

    delivery_id: the message's id
    order_id: the order that it is about
    channel: the way that it takes
    kind: what it says
    version: grows with each change
    state: how far it is
    changed_at: since when
    """

    delivery_id: UUID
    order_id: UUID
    channel: str
    kind: str
    version: int
    state: str
    changed_at: datetime


async def fulfilment(reader: Reader, order_id: UUID) -> Fulfilment | None:
    """What is known about an order; None while nothing is."""
    row = await reader.fetchrow(_FULFILMENT, order_id)
    if row is None:
        return None
    deliveries = tuple(Delivery(**found) for found in await reader.fetch(_DELIVERIES, order_id))
    return Fulfilment(deliveries=deliveries, **row)


async def marks(reader: Reader, order_ids: Sequence[UUID]) -> dict[UUID, tuple[int, int]]:
    """Version and fulfilment revision of each order: what tells a stream that something moved."""
    rows = await reader.fetch(_MARKS, order_ids)
    return {row["order_id"]: (row["version"], row["revision"]) for row in rows}


async def record_sales(tx: Transaction, sales: Sequence[tuple[UUID, datetime | None, int, bool]]) -> None:
    """(order, sold at, stock version, oversold); at most one for each order."""
    columns = [list(column) for column in zip(*sorted(sales), strict=True)]
    await tx.execute(_SOLD, *columns)


async def record_deliveries(tx: Transaction, news: Sequence[DeliveryNews]) -> None:
    """At most one for each delivery; older news than what is known changes nothing."""
    columns = zip(*map(astuple, sorted(news, key=lambda one: (one.order_id, one.delivery_id))), strict=True)
    await tx.execute(_DELIVERED, *map(list, columns))
