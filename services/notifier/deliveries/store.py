"""All SQL of deliveries. Rows are locked in the order of their ids, changed in Python, saved in one go."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from events import Channel
from notifier.deliveries.domain import Delivery, State
from notifier.deliveries.timing import SUSPECT

_COLUMNS = tuple(field.name for field in fields(Delivery))
_LIST = ", ".join(_COLUMNS)
_PREFIXED = ", ".join(f"d.{column}" for column in _COLUMNS)
_FIXED = frozenset(
    {"id", "notification_id", "order_id", "alert_id", "alert_fingerprint", "kind", "channel", "recipient"}
    | {"lane", "critical", "created_at", "traceparent", "expires_at"}
)
_MUTABLE = tuple(column for column in _COLUMNS if column not in _FIXED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimable:
    """A delivery that may be sent.

    delivery: the row
    content: what its text is made from
    """

    delivery: Delivery
    content: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationRow:
    """A notification as it is stored: something that is said because something happened.

    id: its id
    kind: what is said
    about: of what; each thing is said once of it
    order_id: the order that it is about
    alert_id: the alert that it is about
    content: what its texts are made from
    traceparent: the trace that gave cause
    """

    id: UUID
    kind: str
    about: str
    order_id: UUID | None
    alert_id: UUID | None
    content: dict[str, Any]
    traceparent: str | None


async def now(reader: Reader) -> datetime:
    """The one clock of leases and deadlines."""
    moment: datetime = await reader.fetchval("SELECT app_now()")
    return moment


async def restored_at(reader: Reader) -> datetime | None:
    """When this database was last restored from a backup."""
    moment: datetime | None = await reader.fetchval("SELECT max(restored_at) FROM restores")
    return moment


async def insert_notifications(tx: Transaction, rows: Sequence[NotificationRow], *, now: datetime) -> set[UUID]:
    """Ids of those that are new; what has been said already is left out. One statement for all."""
    inserted = await tx.fetch(
        """
        INSERT INTO notifications (id, kind, about, order_id, alert_id, content, traceparent, created_at)
        SELECT id, kind, about, order_id, alert_id, content, traceparent, $8
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::uuid[], $6::jsonb[], $7::text[])
            AS said (id, kind, about, order_id, alert_id, content, traceparent)
        ORDER BY kind, about
        ON CONFLICT (kind, about) DO NOTHING
        RETURNING id
        """,
        [row.id for row in rows],
        [row.kind for row in rows],
        [row.about for row in rows],
        [row.order_id for row in rows],
        [row.alert_id for row in rows],
        [row.content for row in rows],
        [row.traceparent for row in rows],
        now,
    )
    return {row["id"] for row in inserted}


async def insert(tx: Transaction, deliveries: Sequence[Delivery]) -> None:
    marks = ", ".join(f"${number}" for number in range(1, len(_COLUMNS) + 1))
    await tx.executemany(
        f"INSERT INTO deliveries ({_LIST}) VALUES ({marks})",  # noqa: S608 - our own column names
        [_values(delivery, _COLUMNS) for delivery in deliveries],
    )


async def due(tx: Transaction, channel: Channel, *, limit: int) -> list[Claimable]:
    """Locks what may be sent now, the most urgent lane first; what another process has taken is passed over.

    Index scan of deliveries_due in its own order: cost grows with `limit`, not with the table. Of those under suspicion
    one at a time; the inner selects run only when there is one, on deliveries_suspect.
    """
    rows = await tx.fetch(
        f"""
        SELECT {_PREFIXED}, n.content
        FROM deliveries d JOIN notifications n ON n.id = d.notification_id
        WHERE d.channel = $1 AND d.state = 'queued' AND d.waits_for IS NULL AND d.next_attempt_at <= app_now()
          AND (d.expires_at IS NULL OR d.expires_at > app_now())
          AND (d.deaths < {SUSPECT} OR d.id = (
            SELECT id FROM deliveries
            WHERE channel = $1 AND state = 'queued' AND deaths >= {SUSPECT} AND next_attempt_at <= app_now()
              AND NOT EXISTS (SELECT FROM deliveries WHERE channel = $1 AND state = 'sending' AND deaths >= {SUSPECT})
            ORDER BY next_attempt_at LIMIT 1))
        ORDER BY d.lane, d.next_attempt_at
        LIMIT $2
        FOR UPDATE OF d SKIP LOCKED
        """,  # noqa: S608
        channel.value,
        limit,
    )
    return [Claimable(delivery=delivery_of_row(row), content=row["content"]) for row in rows]


async def expired(tx: Transaction, channel: Channel) -> list[Delivery]:
    """Locks what waited past its time to live."""
    rows = await tx.fetch(
        f"""
        SELECT {_LIST} FROM deliveries
        WHERE channel = $1 AND state = 'queued' AND expires_at <= app_now()
        ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED
        """,  # noqa: S608
        channel.value,
    )
    return [delivery_of_row(row) for row in rows]


async def abandoned(tx: Transaction, channel: Channel) -> list[Delivery]:
    """Locks `sending` rows whose lease has ended: their process died."""
    rows = await tx.fetch(
        f"""
        SELECT {_LIST} FROM deliveries
        WHERE channel = $1 AND state = 'sending' AND lease_until <= app_now()
        ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED
        """,  # noqa: S608
        channel.value,
    )
    return [delivery_of_row(row) for row in rows]


async def take_unknown(tx: Transaction, channel: Channel, *, lease: timedelta, limit: int) -> list[Delivery]:
    """Unknown ones to ask the provider about; nobody else takes them within the lease."""
    rows = await tx.fetch(
        f"""
        UPDATE deliveries d SET next_attempt_at = app_now() + $2::interval
        FROM (
            SELECT id FROM deliveries
            WHERE channel = $1 AND state = 'unknown' AND next_attempt_at <= app_now()
            ORDER BY next_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED
        ) due
        WHERE d.id = due.id
        RETURNING {_PREFIXED}
        """,  # noqa: S608
        channel.value,
        lease,
        limit,
    )
    return [delivery_of_row(row) for row in rows]


async def take_unconfirmed(tx: Transaction, channel: Channel, *, lease: timedelta, limit: int) -> list[Delivery]:
    """Sent ones without a receipt, to poll (N-8); nobody else takes them within the lease."""
    rows = await tx.fetch(
        f"""
        UPDATE deliveries d SET poll_at = app_now() + $2::interval
        FROM (
            SELECT id FROM deliveries
            WHERE channel = $1 AND state = 'sent' AND poll_at <= app_now()
            ORDER BY poll_at LIMIT $3 FOR UPDATE SKIP LOCKED
        ) due
        WHERE d.id = due.id
        RETURNING {_PREFIXED}
        """,  # noqa: S608
        channel.value,
        lease,
        limit,
    )
    return [delivery_of_row(row) for row in rows]


async def content_of(reader: Reader, notification_id: UUID) -> dict[str, Any]:
    content: dict[str, Any] = await reader.fetchval("SELECT content FROM notifications WHERE id = $1", notification_id)
    return content


async def add_content(tx: Transaction, notification_id: UUID, facts: Mapping[str, Any]) -> None:
    await tx.execute(
        "UPDATE notifications SET content = content || $2::jsonb WHERE id = $1", notification_id, dict(facts)
    )


async def lock(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, Delivery]:
    rows = await tx.fetch(
        f"SELECT {_LIST} FROM deliveries WHERE id = ANY($1) ORDER BY id FOR UPDATE",  # noqa: S608
        list(ids),
    )
    return {row["id"]: delivery_of_row(row) for row in rows}


async def lock_waiting(tx: Transaction, order_ids: Sequence[UUID], *, kind: str) -> list[Delivery]:
    """Deliveries about these orders that wait for something."""
    rows = await tx.fetch(
        f"""
        SELECT {_LIST} FROM deliveries
        WHERE order_id = ANY($1) AND kind = $2 AND state IN ('queued', 'unknown') AND waits_for IS NOT NULL
        ORDER BY id FOR UPDATE
        """,  # noqa: S608
        list(order_ids),
        kind,
    )
    return [delivery_of_row(row) for row in rows]


async def of_order(reader: Reader, order_id: UUID) -> list[Delivery]:
    rows = await reader.fetch(f"SELECT {_LIST} FROM deliveries WHERE order_id = $1 ORDER BY id", order_id)  # noqa: S608
    return [delivery_of_row(row) for row in rows]


async def read(reader: Reader, delivery_id: UUID) -> Delivery | None:
    row = await reader.fetchrow(f"SELECT {_LIST} FROM deliveries WHERE id = $1", delivery_id)  # noqa: S608
    return delivery_of_row(row) if row else None


async def lock_of_alert(tx: Transaction, alert_id: UUID, kinds: Sequence[str]) -> list[Delivery]:
    rows = await tx.fetch(
        f"SELECT {_LIST} FROM deliveries WHERE alert_id = $1 AND kind = ANY($2) ORDER BY id FOR UPDATE",  # noqa: S608
        alert_id,
        list(kinds),
    )
    return [delivery_of_row(row) for row in rows]


async def of_alert(reader: Reader, alert_id: UUID, kinds: Sequence[str]) -> list[Delivery]:
    rows = await reader.fetch(
        f"SELECT {_LIST} FROM deliveries WHERE alert_id = $1 AND kind = ANY($2) ORDER BY id",  # noqa: S608
        alert_id,
        list(kinds),
    )
    return [delivery_of_row(row) for row in rows]


async def by_provider_id(reader: Reader, channels: Collection[Channel], provider_ids: Sequence[str]) -> dict[str, UUID]:
    """Ids of deliveries on these channels by what their vendor calls them."""
    rows = await reader.fetch(
        "SELECT provider_id, id FROM deliveries WHERE channel = ANY($1) AND provider_id = ANY($2)",
        [channel.value for channel in channels],
        list(provider_ids),
    )
    return {row["provider_id"]: row["id"] for row in rows}


async def save(tx: Transaction, deliveries: Sequence[Delivery]) -> None:
    """The rows must be locked by this transaction."""
    assignments = ", ".join(f"{column} = ${number}" for number, column in enumerate(_MUTABLE, start=2))
    await tx.executemany(
        f"UPDATE deliveries SET {assignments} WHERE id = $1",  # noqa: S608
        [(delivery.id, *_values(delivery, _MUTABLE)) for delivery in deliveries],
    )


def delivery_of_row(row: Row) -> Delivery:
    values = {column: row[column] for column in _COLUMNS}
    return Delivery(**{**values, "channel": Channel(row["channel"]), "state": State(row["state"])})


def _values(delivery: Delivery, columns: Sequence[str]) -> tuple[object, ...]:
    return tuple(_plain(getattr(delivery, column)) for column in columns)


def _plain(value: object) -> object:
    return value.value if isinstance(value, (Channel, State)) else value
