"""All SQL on what stock and messages say of orders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import datetime
from uuid import UUID

from chassis.database import Reader, Transaction
from checkout.orders.fulfilment import Delivery, Fulfilment
from events import TicketCheckedIn

_FULFILMENT = """
SELECT revision, stock.sold_at, stock.oversold FROM order_fulfilment CROSS JOIN LATERAL (
    SELECT max(sold_at) AS sold_at, coalesce(sum(oversold), 0) > 0 AS oversold FROM order_stock
    WHERE order_stock.order_id = order_fulfilment.order_id
) AS stock
WHERE order_id = $1
"""
_DELIVERIES = """
SELECT channel, kind, state, changed_at FROM order_deliveries WHERE order_id = $1 ORDER BY changed_at, delivery_id
"""

# One statement for all streams of a process.
_MARKS = """
SELECT o.order_id, o.version, coalesce(f.revision, 0) AS revision
FROM orders o LEFT JOIN order_fulfilment f USING (order_id)
WHERE o.order_id = ANY ($1)
"""

# Facts arrive in any order: the newest stock version of a pool's city counts.
_SOLD = """
WITH news AS (
    INSERT INTO order_stock AS s (order_id, city_id, tier, stock_version, sold_at, oversold)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::timestamptz[], $6::int[])
    ON CONFLICT (order_id, city_id, tier) DO UPDATE
    SET stock_version = excluded.stock_version, oversold = excluded.oversold
    WHERE excluded.stock_version > s.stock_version
    RETURNING order_id
)
INSERT INTO order_fulfilment AS f (order_id) SELECT DISTINCT order_id FROM news ORDER BY order_id
ON CONFLICT (order_id) DO UPDATE SET revision = f.revision + 1
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
class StockNews:
    """How the seats of an order stand in a pool.

    order_id: the order
    city_id, tier: the pool
    version: of the city's stock
    at: since when
    oversold: how many of them have no seat
    """

    order_id: UUID
    city_id: str
    tier: str
    version: int
    at: datetime
    oversold: int


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


_ENTERED = """
INSERT INTO ticket_entries AS t (order_id, seat, version, inside)
SELECT * FROM unnest($1::uuid[], $2::int[], $3::bigint[], $4::boolean[])
ON CONFLICT (order_id, seat) DO UPDATE SET version = excluded.version, inside = excluded.inside
WHERE excluded.version > t.version
"""


async def record_entries(tx: Transaction, news: Sequence[TicketCheckedIn]) -> None:
    """At most one for each ticket; older news than what is known changes nothing."""
    rows = sorted((each.order_id, each.seat, each.version, each.inside) for each in news)
    await tx.execute(_ENTERED, *map(list, zip(*rows, strict=True)))


async def inside(reader: Reader, order_id: UUID) -> frozenset[int]:
    """The seats of an order on whose tickets somebody is in."""
    rows = await reader.fetch("SELECT seat FROM ticket_entries WHERE order_id = $1 AND inside", order_id)
    return frozenset(row["seat"] for row in rows)


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


async def record_stock(tx: Transaction, news: Sequence[StockNews]) -> None:
    """At most one for each pool of an order; older news than what is known changes nothing."""
    columns = zip(*sorted(map(astuple, news)), strict=True)
    await tx.execute(_SOLD, *map(list, columns))


async def record_deliveries(tx: Transaction, news: Sequence[DeliveryNews]) -> None:
    """At most one for each delivery; older news than what is known changes nothing."""
    columns = zip(*map(astuple, sorted(news, key=lambda one: (one.order_id, one.delivery_id))), strict=True)
    await tx.execute(_DELIVERED, *map(list, columns))
