"""The tables behind outbox, relay and archive.

A row is in exactly one place: waiting, archived once Kafka has acknowledged it, or set aside because Kafka refused it.
A row that is sent again (`copy_sent`) keeps its event id, so every inbox drops it, and isn't archived again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from chassis.database import Reader, Row, Transaction
from eventbus.incoming.offsets import Partition
from eventbus.incoming.records import RawHeaders

# The migration has an index for each compacted topic.
COMPACTED: Final = frozenset({"catalogue"})
COLUMNS = "id, event_id, topic, key, header_names, header_values, value, created_at"
_OF_OUTBOX = ", ".join(f"outbox.{column}" for column in COLUMNS.split(", "))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """A record that waits to be sent.

    id: its place in the outbox
    topic: the topic's name without prefix
    key, value: its bytes; a value of None deletes the key in a compacted topic
    headers: name and value of each, in order
    """

    id: int
    topic: str
    key: bytes
    value: bytes | None
    headers: RawHeaders


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxBacklog:
    """What waits in the outbox.

    depth: the number of rows
    age_seconds: the age of the oldest row
    """

    depth: int
    age_seconds: float


def outbox_row(row: Row) -> OutboxRow:
    """The outbox row from a row of the database."""
    return OutboxRow(
        id=row["id"],
        topic=row["topic"],
        key=row["key"],
        value=row["value"],
        headers=tuple(zip(row["header_names"], row["header_values"], strict=True)),
    )


async def select_window(reader: Reader, *, limit: int) -> list[OutboxRow]:
    """The oldest waiting rows. There is no watermark: ids commit out of order, and a remembered id would skip some."""
    rows = await reader.fetch(f"SELECT {COLUMNS} FROM outbox ORDER BY id LIMIT $1", limit)  # noqa: S608
    return [outbox_row(row) for row in rows]


async def move_sent(reader: Reader, ids: Sequence[int], marks: Mapping[Partition, int]) -> None:
    """Moves exactly the acknowledged rows to the archive, and stores how far Kafka has them (`marks`: next offsets).

    It is one statement; a row that was sent again is in the archive already. All rows of a window get one `sent_at`,
    whatever order they are deleted in: they were sent in the order of `sent_at`, then id.
    """
    places = list(marks)
    await reader.fetchval(
        f"""
        WITH sent AS (DELETE FROM outbox WHERE id = ANY($1::bigint[]) RETURNING {COLUMNS}, again),
        archived AS (
            INSERT INTO outbox_sent ({COLUMNS}, sent_at) SELECT {COLUMNS}, (SELECT app_now()) FROM sent WHERE NOT again
        )
        INSERT INTO relay_marks AS m (topic, partition, next_offset)
        SELECT * FROM unnest($2::text[], $3::int[], $4::bigint[])
        ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset
        WHERE m.next_offset < excluded.next_offset
        """,  # noqa: S608
        ids,
        [place.topic for place in places],
        [place.number for place in places],
        [marks[place] for place in places],
    )


async def set_aside(reader: Reader, row_id: int, *, error: str) -> int:
    """Moves a refused row and the later rows of its key aside, so that their order stays; returns how many."""
    moved = await reader.fetch(
        f"""
        WITH culprit AS (SELECT topic, key FROM outbox WHERE id = $1),
        aside AS (
            DELETE FROM outbox USING culprit
            WHERE outbox.topic = culprit.topic AND outbox.key = culprit.key AND outbox.id >= $1
            RETURNING {_OF_OUTBOX}
        )
        INSERT INTO outbox_refused ({COLUMNS}, refused_at, error) SELECT {COLUMNS}, app_now(), $2 FROM aside
        RETURNING id
        """,  # noqa: S608
        row_id,
        error,
    )
    return len(moved)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A row's place in the archive, by which pages continue.

    sent_at: when it was sent
    id: its place among the rows sent at that moment
    """

    sent_at: datetime
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """What `copy_sent` did.

    rows: how many rows were put back
    last: the last one's place; None at the end of the range
    """

    rows: int
    last: Place | None


async def copy_sent(
    tx: Transaction, topics: Sequence[str], *, since: datetime, until: datetime, after: Place | None, limit: int
) -> Copied:
    """Puts the next archived rows of the range back into the outbox, in the order in which they were sent.

    So the rows of a key keep their order. Of a compacted topic Kafka keeps each key's last record: there only a key's
    newest row is put back, and all writers are locked out meanwhile, so that no older record can become the last.
    """
    if set(topics) & COMPACTED:
        await tx.execute("LOCK TABLE outbox IN SHARE ROW EXCLUSIVE MODE")
    row = await tx.fetchrow(
        """
        WITH page AS (
            SELECT id, event_id, topic, key, header_names, header_values, value, sent_at FROM outbox_sent
            WHERE sent_at >= $2 AND sent_at < $3 AND topic = ANY($1::text[])
              AND (sent_at, id) > ($4::timestamptz, $5::bigint)
            ORDER BY sent_at, id LIMIT $6
        ), copied AS (
            INSERT INTO outbox (event_id, topic, key, header_names, header_values, value, again)
            SELECT event_id, topic, key, header_names, header_values, value, true FROM page AS p
            WHERE topic <> ALL($7::text[]) OR NOT (
                EXISTS (SELECT FROM outbox_sent AS n WHERE n.topic = 'catalogue' AND n.key = p.key AND n.id > p.id)
                OR EXISTS (SELECT FROM outbox AS w WHERE w.topic = p.topic AND w.key = p.key)
            )
            ORDER BY sent_at, id RETURNING id
        )
        SELECT (SELECT count(*) FROM copied) AS rows, (SELECT count(*) FROM page) AS seen,
               (SELECT (sent_at, id) FROM page ORDER BY sent_at DESC, id DESC LIMIT 1) AS last
        """,
        topics,
        since,
        until,
        after.sent_at if after else since,
        after.id if after else -1,
        limit,
        list(COMPACTED),
    )
    if row is None or row["seen"] < limit:
        return Copied(rows=row["rows"] if row else 0, last=None)
    sent_at, row_id = row["last"]
    return Copied(rows=row["rows"], last=Place(sent_at=sent_at, id=row_id))


async def backlog(reader: Reader) -> OutboxBacklog:
    """The number of waiting rows and the age of the oldest."""
    row = await reader.fetchrow(
        "SELECT count(*) AS depth, coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0)::float8 AS age "
        "FROM outbox"
    )
    return OutboxBacklog(depth=row["depth"], age_seconds=row["age"]) if row else OutboxBacklog(depth=0, age_seconds=0)
