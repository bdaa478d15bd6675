"""The inbox: which events a group has taken, and which of them are deferred for another attempt (E-4, E-5).

A group claims an event's id in the transaction of the effect, so each event has its effect once per group, however
often its record is read. `day` is the day inside the id, the same for every copy of the event; it names the only table
partition in which the id can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from chassis.database import Reader, Row, Transaction
from eventbus.incoming.records import RawRecord, Received, id_day
from events import Event

_RAW_COLUMNS = 'topic, partition, "offset", key, header_names, header_values, value'


async def claim(tx: Transaction, group: str, event_ids: Sequence[UUID]) -> set[UUID]:
    """Claims the ids for this group; returns those that the group had not claimed before (E-4)."""
    if not event_ids:
        return set()
    rows = await tx.fetch(
        """
        INSERT INTO inbox (group_name, event_id, day)
        SELECT $1, t.event_id, t.day FROM unnest($2::uuid[], $3::date[]) AS t (event_id, day)
        ON CONFLICT DO NOTHING RETURNING event_id
        """,
        group,
        event_ids,
        [id_day(event_id) for event_id in event_ids],
    )
    return {row["event_id"] for row in rows}


async def mark(tx: Transaction, group: str, event_id: UUID, *, state: str) -> None:
    """Sets the state of an event that the group has claimed."""
    await tx.execute(
        "UPDATE inbox SET state = $4 WHERE group_name = $1 AND event_id = $2 AND day = $3",
        group,
        event_id,
        id_day(event_id),
        state,
    )


async def defer(
    tx: Transaction, group: str, received: Received[Event], *, attempts: int, delay_seconds: float, error: str
) -> None:
    """Stores an event for another attempt after `delay_seconds`, and marks it as deferred in the inbox."""
    await tx.execute(
        f"""
        INSERT INTO inbox_deferred (group_name, event_id, day, {_RAW_COLUMNS}, attempts, next_attempt_at, last_error)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, app_now() + make_interval(secs => $12), $13)
        ON CONFLICT (group_name, event_id) DO UPDATE SET
            attempts = excluded.attempts, next_attempt_at = excluded.next_attempt_at, last_error = excluded.last_error
        """,  # noqa: S608
        group,
        received.event_id,
        id_day(received.event_id),
        *raw_columns(received.record),
        attempts,
        delay_seconds,
        error,
    )
    await mark(tx, group, received.event_id, state="deferred")


async def groups_with_deferred(reader: Reader, groups: Sequence[str]) -> dict[str, bool]:
    """Those of the groups that have a deferred event, and whether one is due now; one cheap query for all groups."""
    rows = await reader.fetch(
        """
        SELECT g.name, first.due FROM unnest($1::text[]) AS g (name) CROSS JOIN LATERAL (
            SELECT d.next_attempt_at <= app_now() AS due FROM inbox_deferred AS d WHERE d.group_name = g.name
            ORDER BY d.next_attempt_at LIMIT 1
        ) AS first
        """,
        groups,
    )
    return {row["name"]: row["due"] for row in rows}


async def deferred(reader: Reader) -> dict[str, int]:
    """The number of deferred events, by group."""
    rows = await reader.fetch("SELECT group_name, count(*) AS events FROM inbox_deferred GROUP BY group_name")
    return {row["group_name"]: row["events"] for row in rows}


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A deferred event whose next attempt is due.

    event_id: the id that was claimed, also when the record can't be read any more
    record: the record, byte for byte
    attempts: how often it was tried so far
    """

    event_id: UUID
    record: RawRecord
    attempts: int


async def due_deferred(tx: Transaction, group: str) -> Due | None:
    """Locks and returns the group's deferred event that is due longest; skips rows locked by others, None without one.

    A stopped group has none: it waits for a person (E-5).
    """
    row = await tx.fetchrow(
        f"""
        SELECT {_RAW_COLUMNS}, event_id, attempts FROM inbox_deferred
        WHERE group_name = $1 AND next_attempt_at <= app_now()
          AND NOT EXISTS (SELECT FROM subscription_stops WHERE group_name = $1)
        ORDER BY next_attempt_at LIMIT 1 FOR UPDATE OF inbox_deferred SKIP LOCKED
        """,  # noqa: S608
        group,
    )
    return Due(event_id=row["event_id"], record=raw_of(row), attempts=row["attempts"]) if row else None


async def settle_deferred(tx: Transaction, group: str, event_id: UUID, *, state: str) -> None:
    """Removes the deferred event and sets its state in the inbox."""
    await tx.execute("DELETE FROM inbox_deferred WHERE group_name = $1 AND event_id = $2", group, event_id)
    await mark(tx, group, event_id, state=state)


async def give_back(tx: Transaction, group: str, event_id: UUID) -> None:
    """Removes the id from the inbox: the deferred record can't be read, and a good copy may still come."""
    await tx.execute("DELETE FROM inbox_deferred WHERE group_name = $1 AND event_id = $2", group, event_id)
    await tx.execute(
        "DELETE FROM inbox WHERE group_name = $1 AND event_id = $2 AND day = $3", group, event_id, id_day(event_id)
    )


async def unsettled_keys(tx: Transaction, group: str, topic: str, keys: Sequence[str]) -> set[str]:
    """Those of the keys that have a deferred or dead event of the topic: its effect is still missing."""
    rows = await tx.fetch(
        """
        SELECT convert_from(key, 'UTF8') AS key FROM inbox_deferred
        WHERE group_name = $1 AND topic = $2 AND key = ANY($3::bytea[])
        UNION
        SELECT convert_from(key, 'UTF8') FROM dead_letters
        WHERE group_name = $1 AND topic = $2 AND key = ANY($3::bytea[]) AND state = 'dead'
        """,
        group,
        topic,
        [key.encode() for key in keys],
    )
    return {row["key"] for row in rows}


def raw_columns(record: RawRecord) -> tuple[object, ...]:
    """The record's values in the order of the columns that store it."""
    return (
        record.topic,
        record.partition,
        record.offset,
        record.key,
        [name for name, _ in record.headers],
        [value for _, value in record.headers],
        record.value,
    )


def raw_of(row: Row) -> RawRecord:
    """The record from a row with those columns."""
    return RawRecord(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["offset"],
        key=row["key"],
        value=row["value"],
        headers=tuple(zip(row["header_names"], row["header_values"], strict=True)),
    )
