from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chassis.database import Reader, Row
from events import Headers

COLUMNS = "id, event_id, topic, key, header_names, header_values, value, created_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A record that waits for Kafka. `topic` without prefix."""

    id: int
    topic: str
    key: bytes
    value: bytes | None
    headers: Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxBacklog:
    """What waits: rows, and the age of the oldest in seconds."""

    depth: int
    age_seconds: float


def outbox_row(row: Row) -> OutboxRow:
    return OutboxRow(
        id=row["id"],
        topic=row["topic"],
        key=row["key"],
        value=row["value"],
        headers=tuple(zip(row["header_names"], row["header_values"], strict=True)),
    )


async def select_window(reader: Reader, *, limit: int) -> list[OutboxRow]:
    """The oldest rows. No watermark: ids commit out of order, and a remembered last id would skip some."""
    rows = await reader.fetch(f"SELECT {COLUMNS} FROM outbox ORDER BY id LIMIT $1", limit)  # noqa: S608
    return [outbox_row(row) for row in rows]


async def move_sent(reader: Reader, ids: Sequence[int]) -> None:
    """Moves exactly the acknowledged rows to the archive, in one statement."""
    await reader.fetchval(
        f"""
        WITH sent AS (DELETE FROM outbox WHERE id = ANY($1::bigint[]) RETURNING {COLUMNS})
        INSERT INTO outbox_sent ({COLUMNS}, sent_at) SELECT {COLUMNS}, app_now() FROM sent
        """,  # noqa: S608
        ids,
    )


async def set_aside(reader: Reader, row_id: int, *, error: str) -> int:
    """Moves a refused row and the later ones of its key aside, so that their order stays; returns how many."""
    moved = await reader.fetch(
        f"""
        WITH culprit AS (SELECT topic, key FROM outbox WHERE id = $1),
        aside AS (
            DELETE FROM outbox USING culprit
            WHERE outbox.topic = culprit.topic AND outbox.key = culprit.key AND outbox.id >= $1
            RETURNING outbox.*
        )
        INSERT INTO outbox_refused ({COLUMNS}, refused_at, error) SELECT {COLUMNS}, app_now(), $2 FROM aside
        RETURNING id
        """,  # noqa: S608
        row_id,
        error,
    )
    return len(moved)


async def backlog(reader: Reader) -> OutboxBacklog:
    row = await reader.fetchrow(
        "SELECT count(*) AS depth, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS age "
        "FROM outbox"
    )
    return OutboxBacklog(depth=row["depth"], age_seconds=row["age"]) if row else OutboxBacklog(depth=0, age_seconds=0)
