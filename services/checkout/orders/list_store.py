"""SQL that lists orders."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis.database import Reader
from chassis.emails import email_key
from checkout.orders.domain import Order
from checkout.orders.store import COLUMNS, order_of
from events import OrderState

# Keyset paging, newest first: stays fast with a million orders, and shows no order twice while new ones come in.
_LIST: Final = f"""
SELECT {COLUMNS} FROM orders
WHERE ($1::text IS NULL OR email_key = $1)
  AND ($2::text IS NULL OR state = $2)
  AND ($3::timestamptz IS NULL OR placed_at >= $3)
  AND ($4::timestamptz IS NULL OR placed_at < $4)
  AND ($5::text IS NULL OR city_ids @> ARRAY[$5::text])
  AND ($6::timestamptz IS NULL OR (placed_at, order_id) < ($6, $7))
  AND ($9::text IS NULL OR number = $9)
  AND ($10::text IS NULL OR lower(first_name) = lower($10) OR lower(last_name) = lower($10)
       OR lower(first_name || ' ' || last_name) = lower($10))
ORDER BY placed_at DESC, order_id DESC
LIMIT $8
"""  # noqa: S608

# The first condition is the index's own.
_HELD: Final = f"""
SELECT {COLUMNS} FROM orders WHERE holder_keys <> '{{}}' AND holder_keys @> ARRAY[$1] AND state = ANY ($2)
ORDER BY placed_at DESC, order_id DESC
LIMIT $3
"""  # noqa: S608


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilters:
    """Which orders of a list are meant; None leaves a filter out.

    email: the buyer's, however it is written
    name: the buyer's first name, last name or both, whole
    status: where they stand
    since, until: placed from then on, and before then
    city_id: with seats in this city
    number: the short number
    """

    email: str | None = None
    name: str | None = None
    status: OrderState | None = None
    since: datetime | None = None
    until: datetime | None = None
    city_id: str | None = None
    number: str | None = None


async def find(
    reader: Reader, filters: OrderFilters, *, before: tuple[datetime, UUID] | None, limit: int
) -> list[Order]:
    """Orders, newest first; `before` is the place where a page ended."""
    placed_at, order_id = before or (None, None)
    rows = await reader.fetch(
        _LIST,
        email_key(filters.email) if filters.email else None,
        filters.status.value if filters.status else None,
        filters.since,
        filters.until,
        filters.city_id,
        placed_at,
        order_id,
        limit,
        filters.number,
        " ".join(filters.name.split()) if filters.name else None,
    )
    return [order_of(row) for row in rows]


async def is_known(reader: Reader, email: str) -> bool:
    """Whether there is an order, or a ticket that was given, of this address, however it is written."""
    found: bool = await reader.fetchval(
        """
        SELECT EXISTS (SELECT FROM orders WHERE email_key = $1)
            OR EXISTS (SELECT FROM orders WHERE holder_keys <> '{}' AND holder_keys @> ARRAY[$1])
        """,
        email_key(email),
    )
    return found


async def with_tickets_of(reader: Reader, email: str, states: Collection[OrderState], *, limit: int) -> list[Order]:
    """Orders in these states with a ticket that was given to this address, newest first."""
    rows = await reader.fetch(_HELD, email_key(email), [state.value for state in states], limit)
    return [order_of(row) for row in rows]
