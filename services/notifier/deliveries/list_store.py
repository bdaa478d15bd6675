"""Finds deliveries for people, by filters and page (N-11, X-3)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from uuid import UUID

from chassis.database import Reader
from events import Channel
from notifier.deliveries.domain import Delivery, State
from notifier.deliveries.store import delivery_of_row

_COLUMNS = ", ".join(field.name for field in fields(Delivery))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Filters of the list; None means any.

    channel: the way
    state: where the delivery stands
    kind: the message's kind
    order_id: the order that it is about
    alert_id: the alert that it is about
    """

    channel: Channel | None = None
    state: State | None = None
    kind: str | None = None
    order_id: UUID | None = None
    alert_id: UUID | None = None


async def page(reader: Reader, filters: Filters, *, before: UUID | None, limit: int) -> list[Delivery]:
    """The newest first (ids are in the order of their making); `before` is the last one of the page before."""
    rows = await reader.fetch(
        f"""
        SELECT {_COLUMNS} FROM deliveries
        WHERE ($1::text IS NULL OR channel = $1) AND ($2::text IS NULL OR state = $2)
          AND ($3::text IS NULL OR kind = $3) AND ($4::uuid IS NULL OR order_id = $4)
          AND ($5::uuid IS NULL OR alert_id = $5) AND ($6::uuid IS NULL OR id < $6)
        ORDER BY id DESC LIMIT $7
        """,  # noqa: S608
        filters.channel.value if filters.channel else None,
        filters.state.value if filters.state else None,
        filters.kind,
        filters.order_id,
        filters.alert_id,
        before,
        limit,
    )
    return [delivery_of_row(row) for row in rows]
