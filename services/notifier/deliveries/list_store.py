"""Lists of deliveries for people (N-11, X-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from chassis.database import Reader, Row
from events import Channel
from notifier.channels.table import masked, spec_of
from notifier.deliveries.domain import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Each that is set narrows the list."""

    channel: Channel | None = None
    state: State | None = None
    kind: str | None = None
    order_id: UUID | None = None
    alert_id: UUID | None = None


class Listed(BaseModel):
    """A delivery as people see it, in camelCase on the wire: the recipient is masked (E-10)."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True)

    delivery_id: UUID
    notification_id: UUID
    order_id: UUID | None
    alert_id: UUID | None
    kind: str
    channel: Channel
    provider: str
    recipient: str
    state: State
    version: int
    attempts: int
    next_attempt_at: datetime | None
    expires_at: datetime | None
    waits_for: str | None
    provider_id: str | None
    segments: int | None
    cost: Decimal | None
    cost_currency: str | None
    response_ms: int | None
    error_code: str | None
    reason: str | None
    possible_duplicates: int
    created_at: datetime
    sent_at: datetime | None
    settled_at: datetime | None


async def page(reader: Reader, filters: Filters, *, before: UUID | None, limit: int) -> list[Listed]:
    """The newest first (ids are in the order of their making); `before` is the last one of the page before."""
    rows = await reader.fetch(
        """
        SELECT * FROM deliveries
        WHERE ($1::text IS NULL OR channel = $1) AND ($2::text IS NULL OR state = $2)
          AND ($3::text IS NULL OR kind = $3) AND ($4::uuid IS NULL OR order_id = $4)
          AND ($5::uuid IS NULL OR alert_id = $5) AND ($6::uuid IS NULL OR id < $6)
        ORDER BY id DESC LIMIT $7
        """,
        filters.channel.value if filters.channel else None,
        filters.state.value if filters.state else None,
        filters.kind,
        filters.order_id,
        filters.alert_id,
        before,
        limit,
    )
    return [_listed(row) for row in rows]


def _listed(row: Row) -> Listed:
    channel, state = Channel(row["channel"]), State(row["state"])
    return Listed(
        delivery_id=row["id"],
        notification_id=row["notification_id"],
        order_id=row["order_id"],
        alert_id=row["alert_id"],
        kind=row["kind"],
        channel=channel,
        provider=spec_of(channel).vendor.name,
        recipient=masked(channel, row["recipient"]),
        state=state,
        version=row["version"],
        attempts=row["attempts"],
        next_attempt_at=row["next_attempt_at"] if state in {State.QUEUED, State.UNKNOWN} else None,
        expires_at=row["expires_at"],
        waits_for=row["waits_for"],
        provider_id=row["provider_id"],
        segments=row["segments"],
        cost=row["cost"],
        cost_currency=row["cost_currency"],
        response_ms=row["response_ms"],
        error_code=row["error_code"],
        reason=row["reason"],
        possible_duplicates=row["possible_duplicates"],
        created_at=row["created_at"],
        sent_at=row["sent_at"],
        settled_at=row["settled_at"],
    )
