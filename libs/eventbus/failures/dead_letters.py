"""Stores an event that is given up as a dead letter, and sends its record to `TOPIC.dlq` (E-3, E-5).

Both happen in the transaction that gives the event up. A record has one letter per group however often it is read; an
event that dies again after a redrive is the same letter, dead once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.clock import Clock, utc_text
from chassis.database import Reader, Transaction
from eventbus.incoming.inbox import raw_columns
from eventbus.incoming.records import RawRecord, id_day, type_text
from eventbus.outgoing.outbox import Outbox
from events import DLQ_SUFFIX, Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """An event that is given up.

    record: the record, byte for byte
    event_id: the event's id, None when it can't be read
    reason: why, as a sentence without values of the event, which may be personal
    attempts: how often it was tried
    """

    record: RawRecord
    event_id: UUID | None
    reason: str
    attempts: int


async def bury(tx: Transaction, outbox: Outbox, death: Death, *, group: str, clock: Clock) -> None:
    """Stores the dead letter, and sends its record byte for byte to `TOPIC.dlq` through the outbox (E-3, E-5)."""
    if await _dead_once_more(tx, death, group=group) or await _keep(tx, death, group=group):
        headers = _dlq_headers(death, group=group, died_at=utc_text(clock.now()))
        await outbox.dead_letter(tx, death.record, topic=death.record.topic + DLQ_SUFFIX, headers=headers)


async def _dead_once_more(tx: Transaction, death: Death, *, group: str) -> bool:
    again = await tx.fetchval(
        """
        UPDATE dead_letters SET state = 'dead', reason = $3, attempts = attempts + $4, died_at = app_now()
        WHERE group_name = $1 AND event_id = $2 AND state = 'redriven' RETURNING id
        """,
        group,
        death.event_id,
        death.reason,
        death.attempts,
    )
    return again is not None


async def _keep(tx: Transaction, death: Death, *, group: str) -> bool:
    """Stores the letter; False when the same record had one already."""
    letter_id = await tx.fetchval(
        """
        INSERT INTO dead_letters (group_name, event_id, day, topic, partition, "offset", key, header_names,
                                  header_values, value, event_type, reason, attempts, died_at)
        SELECT $1, $2::uuid, $3::date, $4, $5, $6, $7::bytea, $8::text[], $9::bytea[], $10::bytea, $11, $12, $13,
               app_now()
        WHERE NOT EXISTS (
            SELECT FROM dead_letters WHERE group_name = $1 AND topic = $4 AND partition = $5 AND "offset" = $6
            AND (key, header_names, header_values, value) IS NOT DISTINCT FROM ($7, $8, $9, $10)
        )
        RETURNING id
        """,
        group,
        death.event_id,
        id_day(death.event_id) if death.event_id else None,
        *raw_columns(death.record),
        type_text(death.record.headers),
        death.reason,
        death.attempts,
    )
    return letter_id is not None


async def settle(tx: Transaction, group: str, event_id: UUID) -> None:
    """Marks a redriven letter as applied, in the transaction of the event's effect."""
    await tx.execute(
        """
        UPDATE dead_letters SET state = 'applied', settled_at = app_now()
        WHERE group_name = $1 AND event_id = $2 AND state = 'redriven'
        """,
        group,
        event_id,
    )


async def waiting(reader: Reader) -> dict[str, int]:
    """The number of dead letters that wait for a person, by group."""
    rows = await reader.fetch(
        "SELECT group_name, count(*) AS letters FROM dead_letters WHERE state = 'dead' GROUP BY group_name ORDER BY 1"
    )
    return {row["group_name"]: row["letters"] for row in rows}


def _dlq_headers(death: Death, *, group: str, died_at: str) -> Headers:
    record = death.record
    facts = {
        "dlq-group": group,
        "dlq-reason": death.reason,
        "dlq-attempts": str(death.attempts),
        "dlq-at": died_at,
        "dlq-origin": f"{record.topic}/{record.partition}/{record.offset}",
    }
    return tuple((name, value.encode()) for name, value in facts.items())
