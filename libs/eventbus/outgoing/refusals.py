"""What Kafka would not take, and what a person can do about it: send it again once the cause is mended, or let it be.

A refused row lies aside with the later rows of its key that were waiting then. Sent again, the rows keep their ids, so
that they go out in their order, before whatever waits; what of the key has passed meanwhile is newer, and handlers
know it by its version. Of a compacted topic a row that was overtaken stays aside: it would stand last there for ever.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.database import Reader, Transaction
from eventbus.outgoing.outbox_store import COLUMNS, COMPACTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """`rows` of a topic that lie aside for the same `error`; `since`: when the first was refused."""

    topic: str
    error: str
    rows: int
    since: datetime


async def refusals(reader: Reader) -> list[Refusal]:
    rows = await reader.fetch(
        """
        SELECT topic, error, count(*) AS rows, min(refused_at) AS since
        FROM outbox_refused GROUP BY topic, error ORDER BY topic, since
        """
    )
    return [Refusal(**row) for row in rows]


async def send_again(tx: Transaction, topics: Sequence[str]) -> int:
    """Puts them back to the rows that wait; returns how many."""
    moved = await tx.fetch(
        f"""
        WITH back AS (
            DELETE FROM outbox_refused AS r
            WHERE r.topic = ANY($1::text[]) AND NOT (r.topic = ANY($2::text[]) AND (
                EXISTS (SELECT FROM outbox_sent AS n WHERE n.topic = r.topic AND n.key = r.key AND n.id > r.id)
                OR EXISTS (SELECT FROM outbox AS w WHERE w.topic = r.topic AND w.key = r.key)
            ))
            RETURNING {COLUMNS}
        )
        INSERT INTO outbox ({COLUMNS}) OVERRIDING SYSTEM VALUE SELECT {COLUMNS} FROM back RETURNING id
        """,  # noqa: S608
        topics,
        list(COMPACTED),
    )
    return len(moved)


async def drop(tx: Transaction, topics: Sequence[str]) -> int:
    """Gives them up; returns how many."""
    return len(await tx.fetch("DELETE FROM outbox_refused WHERE topic = ANY($1::text[]) RETURNING id", topics))
