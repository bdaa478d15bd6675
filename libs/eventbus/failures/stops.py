"""Stops a subscription in which too many events die, until a person starts it (E-5).

Otherwise a bad release would turn a whole topic into dead letters. A stop is a row that only a person clears, so it
holds for every process of the group and across restarts. A partition stop is a row too, for people to see: the client
library can't read a record there. It blocks nothing by itself: whoever gets the partition tries again, since another
release may be able to read the record.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from chassis.database import Reader, Transaction
from eventbus.incoming.offsets import FROM_THE_BEGINNING, Partition
from eventbus.incoming.subscriptions import RetryPolicy


class DeathWatch:
    """Counts the recent outcomes of a group's events and says when the subscription must stop (E-5)."""

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._outcomes: deque[bool] = deque(maxlen=policy.stop_window)
        self._run = 0

    def copy(self) -> DeathWatch:
        """A copy, to try what a transaction would add before it commits."""
        other = DeathWatch(self._policy)
        other._outcomes, other._run = self._outcomes.copy(), self._run
        return other

    def record(self, *, died: bool, count: int = 1) -> None:
        """Adds `count` outcomes of one kind."""
        self._outcomes.extend([died] * count)
        if count:
            self._run = self._run + count if died else 0

    def record_all(self, outcomes: Sequence[bool]) -> str | None:
        """Adds the outcomes in their order; returns the first reason to stop, if there is one."""
        if not any(outcomes):
            self.record(died=False, count=len(outcomes))
            return None
        found: str | None = None
        for died in outcomes:
            self.record(died=died)
            found = found or (self.verdict() if died else None)
        return found

    def verdict(self) -> str | None:
        """Why the subscription must stop, as a sentence; None when it need not."""
        policy, deaths = self._policy, sum(self._outcomes)
        if self._run >= policy.stop_run:
            return f"{self._run} events in a row died"
        if deaths >= policy.stop_least and deaths > policy.stop_share * len(self._outcomes):
            return f"{deaths} of the last {len(self._outcomes)} events died"
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A group's stop.

    reason: why it stopped
    stopped_at: when
    """

    reason: str
    stopped_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionStop:
    """A group's stop in one partition, at records that the client library can't read.

    partition: where
    first_offset, last_offset: the unreadable records
    reason: what is wrong with them
    stopped_at: when it stopped
    """

    partition: Partition
    first_offset: int
    last_offset: int
    reason: str
    stopped_at: datetime


async def stop_subscription(tx: Transaction, group: str, reason: str) -> None:
    """Stops the group for all its processes; an earlier stop stays as it is."""
    await tx.execute(
        """
        INSERT INTO subscription_stops (group_name, reason, stopped_at) VALUES ($1, $2, app_now())
        ON CONFLICT DO NOTHING
        """,
        group,
        reason,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What the database tells a group's processes.

    stop: why the group must stop, None when it need not
    sent_back: whether a person has moved the group back to the beginning of a topic
    """

    stop: str | None
    sent_back: bool


async def word(reader: Reader, group: str) -> Word:
    """Reads what the database tells the group's processes."""
    row = await reader.fetchrow(
        """
        SELECT (SELECT reason FROM subscription_stops WHERE group_name = $1) AS stop,
               EXISTS (SELECT FROM consumer_offsets WHERE group_name = $1 AND next_offset = $2) AS sent_back
        """,
        group,
        FROM_THE_BEGINNING,
    )
    return Word(stop=row["stop"], sent_back=row["sent_back"]) if row else Word(stop=None, sent_back=False)


async def stopped(reader: Reader) -> dict[str, Stop]:
    """The stops of all groups, by group."""
    rows = await reader.fetch("SELECT group_name, reason, stopped_at FROM subscription_stops")
    return {row["group_name"]: Stop(reason=row["reason"], stopped_at=row["stopped_at"]) for row in rows}


async def start(tx: Transaction, group: str) -> bool:
    """Clears the group's stop; its processes go on within seconds. False when it wasn't stopped."""
    cleared = await tx.fetchval("DELETE FROM subscription_stops WHERE group_name = $1 RETURNING group_name", group)
    return cleared is not None


async def stop_partition(
    tx: Transaction, group: str, partition: Partition, *, first_offset: int, last_offset: int, reason: str
) -> None:
    """Notes that the group stopped in this partition; replaces an earlier note."""
    await tx.execute(
        """
        INSERT INTO partition_stops (group_name, topic, partition, first_offset, last_offset, reason, stopped_at)
        VALUES ($1, $2, $3, $4, $5, $6, app_now())
        ON CONFLICT (group_name, topic, partition) DO UPDATE SET
            first_offset = excluded.first_offset, last_offset = excluded.last_offset, reason = excluded.reason
        """,
        group,
        partition.topic,
        partition.number,
        first_offset,
        last_offset,
        reason,
    )


async def clear_partition(tx: Transaction, group: str, partition: Partition) -> None:
    """Clears the note that the group stopped in this partition."""
    await tx.execute(
        "DELETE FROM partition_stops WHERE group_name = $1 AND topic = $2 AND partition = $3",
        group,
        partition.topic,
        partition.number,
    )


async def stopped_partitions(reader: Reader) -> dict[str, list[PartitionStop]]:
    """The partition stops by group, without those that the group has moved past."""
    rows = await reader.fetch(
        """
        SELECT group_name, topic, partition, first_offset, last_offset, reason, stopped_at
        FROM partition_stops AS s LEFT JOIN consumer_offsets AS o USING (group_name, topic, partition)
        WHERE o.next_offset IS NULL OR o.next_offset <= s.first_offset
        ORDER BY group_name, topic, partition
        """
    )
    found: dict[str, list[PartitionStop]] = {}
    for row in rows:
        stop = PartitionStop(
            partition=Partition(row["topic"], row["partition"]),
            first_offset=row["first_offset"],
            last_offset=row["last_offset"],
            reason=row["reason"],
            stopped_at=row["stopped_at"],
        )
        found.setdefault(row["group_name"], []).append(stop)
    return found
