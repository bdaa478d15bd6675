"""Finds, redrives and drops dead letters.

A letter is dead until a person settles it. A redrive hands its record back to the group as a deferred event that is due
now: the group's worker applies it and settles the inbox row in one transaction, so the event counts once, however often
it is redriven. The letter ends applied, or dies again as the same letter.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from uuid import UUID

from chassis import audit
from chassis.audit import Actor, Change
from chassis.database import Reader, Row, Transaction
from eventbus.incoming.inbox import raw_of
from eventbus.incoming.records import RawRecord
from eventbus.operation import actions
from eventbus.operation.actions import Action

LARGEST_CHUNK = 500


class LetterState(StrEnum):
    """Where a letter is in its life.

    DEAD: it waits for a person
    REDRIVEN: handed back to its group, which has not finished with it yet
    APPLIED: its event had its effect
    DROPPED: a person gave it up; it can still be redriven
    """

    DEAD = "dead"
    REDRIVEN = "redriven"
    APPLIED = "applied"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFilter:
    """Selects letters; every field that is set must fit.

    groups: of one of these consumer groups
    topics: of one of these topics, without prefix
    types: of one of these event types, each in full or without prefix and version
    states: in one of these states
    since, until: died at or after, and before
    reason: a text that the reason contains
    """

    groups: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    states: tuple[LetterState, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An event that a group gave up, with its record.

    id: the letter's number
    group: the consumer group that gave it up
    state: where the letter is in its life
    event_id: the event's id; None when it can't be read, then the letter can only be dropped
    event_type: the type that the record states
    reason: why it died
    attempts: how often it was tried, before and after redrives
    died_at: when it died last
    settled_at: when it was applied or dropped last
    record: the record, byte for byte
    """

    id: int
    group: str
    state: LetterState
    event_id: UUID | None
    event_type: str
    reason: str
    attempts: int
    died_at: datetime
    settled_at: datetime | None
    record: RawRecord


_COLUMNS = """
id, group_name, state, event_id, event_type, reason, attempts, died_at, settled_at,
topic, partition, "offset", key, header_names, header_values, value
"""
_FITS = """
    (cardinality($1::text[]) = 0 OR group_name = ANY($1))
    AND (cardinality($2::text[]) = 0 OR topic = ANY($2))
    AND (cardinality($3::text[]) = 0 OR event_type = ANY($3)
         OR substring(event_type FROM '^fullhouse\\.(.*)\\.v[0-9]+$') = ANY($3))
    AND (cardinality($4::text[]) = 0 OR state = ANY($4))
    AND ($5::timestamptz IS NULL OR died_at >= $5)
    AND ($6::timestamptz IS NULL OR died_at < $6)
    AND ($7::text IS NULL OR strpos(lower(reason), lower($7)) > 0)
"""


async def find(reader: Reader, wanted: LetterFilter, *, before: int | None, limit: int) -> list[Letter]:
    """Lists a page of the letters that fit, newest first; `before` is the id of the last letter of the page before."""
    rows = await reader.fetch(
        f"SELECT {_COLUMNS} FROM dead_letters WHERE {_FITS} AND ($8::bigint IS NULL OR id < $8) "  # noqa: S608
        "ORDER BY id DESC LIMIT $9",
        *_arguments(wanted),
        before,
        limit,
    )
    return [_letter(row) for row in rows]


async def count(reader: Reader, wanted: LetterFilter) -> dict[LetterState, int]:
    """The number of letters that fit, by state."""
    rows = await reader.fetch(
        f"SELECT state, count(*) AS letters FROM dead_letters WHERE {_FITS} GROUP BY state",  # noqa: S608
        *_arguments(wanted),
    )
    return {LetterState(row["state"]): row["letters"] for row in rows}


async def get(reader: Reader, letter_id: int) -> Letter | None:
    """The letter, or None."""
    row = await reader.fetchrow(f"SELECT {_COLUMNS} FROM dead_letters WHERE id = $1", letter_id)  # noqa: S608
    return _letter(row) if row else None


async def choose(tx: Transaction, wanted: LetterFilter, *, after: int, limit: int) -> list[int]:
    """Locks the letters that fit, oldest first, and returns their ids; skips letters that others have locked."""
    rows = await tx.fetch(
        f"SELECT id FROM dead_letters WHERE {_FITS} AND id > $8 "  # noqa: S608
        "ORDER BY id LIMIT $9 FOR UPDATE SKIP LOCKED",
        *_arguments(wanted),
        after,
        limit,
    )
    return [row["id"] for row in rows]


async def redrive(tx: Transaction, letter_ids: Sequence[int], *, actor: Actor) -> list[int]:
    """Hands dead or dropped letters back to their groups, in their order; returns the ids of those handed back.

    It skips letters without an event id, and those that are redriven or applied already.
    """
    rows = await tx.fetch(
        """
        WITH before AS (
            SELECT id, state FROM dead_letters
            WHERE id = ANY($1::bigint[]) AND state IN ('dead', 'dropped') AND event_id IS NOT NULL
            ORDER BY id FOR UPDATE
        )
        UPDATE dead_letters AS l SET state = 'redriven', settled_at = NULL FROM before WHERE l.id = before.id
        RETURNING l.id, before.state
        """,
        letter_ids,
    )
    found = {row["id"]: LetterState(row["state"]) for row in sorted(rows, key=itemgetter("id"))}
    changes = [_change(letter_id, state, LetterState.REDRIVEN) for letter_id, state in found.items()]
    await audit.record_each(tx, Action.REDRIVEN, changes, actor=actor)
    redriven = list(found)
    await _hand_back(tx, redriven)
    return redriven


async def _hand_back(tx: Transaction, letter_ids: Sequence[int]) -> None:
    """Defers the letters' records again; a letter whose event had its effect meanwhile is not applied twice."""
    await tx.execute(
        """
        INSERT INTO inbox (group_name, event_id, day, state)
        SELECT group_name, event_id, day, 'deferred' FROM dead_letters WHERE id = ANY($1::bigint[])
        ON CONFLICT (group_name, event_id, day) DO UPDATE SET state = 'deferred' WHERE inbox.state = 'dead'
        """,
        letter_ids,
    )
    await tx.execute(
        """
        INSERT INTO inbox_deferred (group_name, event_id, day, topic, partition, "offset", key, header_names,
                                    header_values, value, attempts, next_attempt_at, last_error)
        SELECT l.group_name, l.event_id, l.day, l.topic, l.partition, l."offset", l.key, l.header_names,
               l.header_values, l.value, 0,
               app_now() + row_number() OVER (ORDER BY l.id) * interval '1 microsecond', l.reason
        FROM dead_letters AS l JOIN inbox AS i USING (group_name, event_id, day)
        WHERE l.id = ANY($1::bigint[]) AND i.state = 'deferred'
        ON CONFLICT (group_name, event_id) DO NOTHING
        """,
        letter_ids,
    )
    await tx.execute(
        """
        UPDATE dead_letters AS l SET state = 'applied', settled_at = app_now() FROM inbox AS i
        WHERE l.id = ANY($1::bigint[]) AND i.state = 'done'
          AND (i.group_name, i.event_id, i.day) = (l.group_name, l.event_id, l.day)
        """,
        letter_ids,
    )


async def drop(tx: Transaction, letter_ids: Sequence[int], *, actor: Actor, because: str) -> list[int]:
    """Drops dead letters for a reason that is kept; returns the ids of those that were dropped."""
    rows = await tx.fetch(
        """
        UPDATE dead_letters SET state = 'dropped', settled_at = app_now()
        WHERE id = ANY($1::bigint[]) AND state = 'dead'
        RETURNING id
        """,
        letter_ids,
    )
    dropped = sorted(row["id"] for row in rows)
    changes = [_change(letter_id, LetterState.DEAD, LetterState.DROPPED) for letter_id in dropped]
    await audit.record_each(tx, Action.DROPPED, changes, actor=actor, reason=because)
    return dropped


def _change(letter_id: int, before: LetterState, after: LetterState) -> Change:
    return Change(target=actions.letter(letter_id), before={"state": before}, after={"state": after})


def _arguments(wanted: LetterFilter) -> tuple[object, ...]:
    return (
        wanted.groups,
        wanted.topics,
        wanted.types,
        wanted.states,
        wanted.since,
        wanted.until,
        wanted.reason,
    )


def _letter(row: Row) -> Letter:
    return Letter(
        id=row["id"],
        group=row["group_name"],
        state=LetterState(row["state"]),
        event_id=row["event_id"],
        event_type=row["event_type"],
        reason=row["reason"],
        attempts=row["attempts"],
        died_at=row["died_at"],
        settled_at=row["settled_at"],
        record=raw_of(row),
    )
