"""What becomes of an event that is given up (E-3, E-5): a row with its raw bytes, and the record on `TOPIC.dlq`.

Both belong to the transaction that gives the event up. A record has one letter in a group however often it is read,
and an event that dies again after it was redriven is the same letter, dead once more.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from chassis.clock import Clock
from chassis.database import Reader, Transaction
from eventbus.incoming.inbox import raw_columns
from eventbus.incoming.records import RawRecord, id_day, type_text
from eventbus.outgoing.outbox import Outbox
from events import DLQ_SUFFIX, Headers


@dataclass(frozen=True, slots=True, kw_only=True)
class Death:
    """Why an event was given up. `reason` never holds values of the event, which may be personal."""

    record: RawRecord
    event_id: UUID | None
    reason: str
    attempts: int


async def bury(tx: Transaction, outbox: Outbox, death: Death, *, group: str, clock: Clock) -> None:
    """Keeps the record as a row, and sends it byte for byte to `TOPIC.dlq` through the outbox (E-3, E-5)."""
    if await _dead_once_more(tx, death, group=group) or await _keep(tx, death, group=group):
        headers = _dlq_headers(death, group=group, died_at=clock.now().isoformat())
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
    """Says whether the letter is a new one; the same bytes from the same place were read again."""
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
    """A redriven event has had its effect, in this transaction."""
    await tx.execute(
        """
        UPDATE dead_letters SET state = 'applied', settled_at = app_now()
        WHERE group_name = $1 AND event_id = $2 AND state = 'redriven'
        """,
        group,
        event_id,
    )


async def waiting(reader: Reader) -> dict[str, int]:
    """How many letters wait for a person, by group."""
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
