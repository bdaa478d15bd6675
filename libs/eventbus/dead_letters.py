from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from uuid import UUID

from chassis.clock import Clock
from chassis.database import Reader, Transaction
from eventbus.inbox import raw_columns
from eventbus.outbox import Outbox
from eventbus.records import RawRecord, id_day
from eventbus.subscriptions import RetryPolicy
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
    await tx.execute(
        """
        INSERT INTO dead_letters (group_name, event_id, day, topic, partition, "offset", key, header_names,
                                  header_values, value, reason, attempts, died_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, app_now())
        """,
        group,
        death.event_id,
        id_day(death.event_id) if death.event_id else None,
        *raw_columns(death.record),
        death.reason,
        death.attempts,
    )
    headers = _dlq_headers(death, group=group, died_at=clock.now().isoformat())
    await outbox.dead_letter(tx, death.record, topic=death.record.topic + DLQ_SUFFIX, headers=headers)


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


class DeathWatch:
    """Says when so much dies that the subscription must stop (E-5): a bad release must not push a topic aside."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._outcomes: deque[bool] = deque(maxlen=policy.stop_window)
        self._run = 0

    def copy(self) -> DeathWatch:
        """To try out what a transaction would add, which may yet be rolled back."""
        other = DeathWatch(self._policy)
        other._outcomes, other._run = self._outcomes.copy(), self._run
        return other

    def record(self, *, died: bool, count: int = 1) -> None:
        self._outcomes.extend([died] * count)
        self._run = self._run + count if died else 0

    def verdict(self) -> str | None:
        """A sentence when the subscription must stop."""
        policy, deaths = self._policy, sum(self._outcomes)
        if self._run >= policy.stop_run:
            return f"{self._run} events in a row died"
        if deaths >= policy.stop_least and deaths > policy.stop_share * len(self._outcomes):
            return f"{deaths} of the last {len(self._outcomes)} events died"
        return None


async def stop_subscription(tx: Transaction, group: str, reason: str) -> None:
    """A row that only a person clears, also across restarts."""
    await tx.execute(
        """
        INSERT INTO subscription_stops (group_name, reason, stopped_at) VALUES ($1, $2, app_now())
        ON CONFLICT DO NOTHING
        """,
        group,
        reason,
    )


async def stop_reason(reader: Reader, group: str) -> str | None:
    reason: str | None = await reader.fetchval("SELECT reason FROM subscription_stops WHERE group_name = $1", group)
    return reason
