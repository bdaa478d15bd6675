"""Events that Kafka refused, and what people do with them: send them again after the cause is fixed, or drop them.

A refused row is set aside with the later rows of its key that were waiting. When they are sent again, the rows keep
their ids, so they go out in order, before the rows that wait. Rows of the key that were sent meanwhile are newer;
handlers know by the version. In a compacted topic an overtaken row stays aside: it would remain the key's last record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.database import Reader, Transaction
from eventbus.outgoing.outbox_store import COLUMNS, COMPACTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Events of one topic that are set aside for the same error.

    topic: the topic's name without prefix
    error: the broker's error
    rows: how many rows, with the later ones of their keys
    since: when the first was refused
    """

    topic: str
    error: str
    rows: int
    since: datetime


async def refusals(reader: Reader) -> list[Refusal]:
    """All refusals, by topic and error."""
    rows = await reader.fetch(
        """
        SELECT topic, error, count(*) AS rows, min(refused_at) AS since
        FROM outbox_refused GROUP BY topic, error ORDER BY topic, since
        """
    )
    return [Refusal(**row) for row in rows]


async def send_again(tx: Transaction, topics: Sequence[str]) -> int:
    """Puts the topics' refused rows back into the outbox; returns how many."""
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
    """Deletes the topics' refused rows; returns how many."""
    return len(await tx.fetch("DELETE FROM outbox_refused WHERE topic = ANY($1::text[]) RETURNING id", topics))
