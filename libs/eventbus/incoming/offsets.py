"""Stores each group's next offsets in the service's own database, in the transaction of the effects (E-4).

So a rebalance, a failed commit to Kafka and a restored database are ordinary cases: the group continues where its data
is. An offset has a meaning on one cluster only, so the cluster's id is stored with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chassis.database import Reader, Transaction

# Stands for an offset after a person has sent the group back: it starts at whatever the log still has.
FROM_THE_BEGINNING: Final = -1


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """A partition of a topic.

    topic: the topic's name without prefix
    number: the partition's number
    """

    topic: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOffset:
    """Where a group continues in a partition.

    next_offset: the offset of the next record
    cluster_id: the cluster on which the offset has its meaning
    """

    next_offset: int
    cluster_id: str


async def stored(reader: Reader, group: str) -> dict[Partition, StoredOffset]:
    """The group's next offsets as this database has them, beside its effects (E-4)."""
    rows = await reader.fetch(
        "SELECT topic, partition, next_offset, cluster_id FROM consumer_offsets WHERE group_name = $1", group
    )
    return {
        Partition(row["topic"], row["partition"]): StoredOffset(
            next_offset=row["next_offset"], cluster_id=row["cluster_id"]
        )
        for row in rows
    }


async def advance(tx: Transaction, group: str, next_offsets: Mapping[Partition, int], *, cluster_id: str) -> None:
    """Moves the group's offsets forward, never back: a late batch of a former owner can't rewind the partition."""
    ordered = sorted(next_offsets.items())
    await tx.execute(
        """
        INSERT INTO consumer_offsets AS o (group_name, topic, partition, next_offset, cluster_id)
        SELECT $1, t.topic, t.partition, t.next_offset, $5
        FROM unnest($2::text[], $3::int[], $4::bigint[]) AS t (topic, partition, next_offset)
        ON CONFLICT (group_name, topic, partition) DO UPDATE SET
            next_offset = excluded.next_offset
        WHERE o.next_offset BETWEEN 0 AND excluded.next_offset - 1
        """,
        group,
        [partition.topic for partition, _ in ordered],
        [partition.number for partition, _ in ordered],
        [next_offset for _, next_offset in ordered],
        cluster_id,
    )


async def begin(tx: Transaction, group: str, positions: Mapping[Partition, int], *, cluster_id: str) -> None:
    """Stores the offsets at which a new group starts, or one that a person has sent back; keeps all others."""
    await tx.execute(
        """
        INSERT INTO consumer_offsets AS o (group_name, topic, partition, next_offset, cluster_id)
        SELECT $1, t.topic, t.partition, t.next_offset, $5
        FROM unnest($2::text[], $3::int[], $4::bigint[]) AS t (topic, partition, next_offset)
        ON CONFLICT (group_name, topic, partition) DO UPDATE SET
            next_offset = excluded.next_offset, cluster_id = excluded.cluster_id
        WHERE o.next_offset = $6
        """,
        group,
        [partition.topic for partition in positions],
        [partition.number for partition in positions],
        list(positions.values()),
        cluster_id,
        FROM_THE_BEGINNING,
    )


async def groups(reader: Reader) -> dict[str, dict[Partition, int]]:
    """The next offsets of every group that has read anything."""
    rows = await reader.fetch(
        "SELECT group_name, topic, partition, next_offset FROM consumer_offsets ORDER BY group_name, topic, partition"
    )
    found: dict[str, dict[Partition, int]] = {}
    for row in rows:
        found.setdefault(row["group_name"], {})[Partition(row["topic"], row["partition"])] = row["next_offset"]
    return found


async def pass_over(tx: Transaction, group: str, partition: Partition, *, offset: int) -> int | None:
    """Moves the group past a record if it is at or before it; returns its offset before, None when it wasn't moved."""
    stood: int | None = await tx.fetchval(
        """
        WITH before AS (
            SELECT next_offset FROM consumer_offsets
            WHERE group_name = $1 AND topic = $2 AND partition = $3 AND next_offset BETWEEN 0 AND $4 FOR UPDATE
        )
        UPDATE consumer_offsets AS o SET next_offset = $4 + 1 FROM before
        WHERE o.group_name = $1 AND o.topic = $2 AND o.partition = $3
        RETURNING before.next_offset
        """,
        group,
        partition.topic,
        partition.number,
        offset,
    )
    return stood


async def read_again(tx: Transaction, group: str, topic: str) -> int:
    """Sends the group back to the topic's beginning, on any cluster; returns the number of partitions moved."""
    rows = await tx.fetch(
        "UPDATE consumer_offsets SET next_offset = $3 WHERE group_name = $1 AND topic = $2 RETURNING partition",
        group,
        topic,
        FROM_THE_BEGINNING,
    )
    return len(rows)
