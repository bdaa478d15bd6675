"""Where each group goes on, in the service's own database: it moves in the transaction of the effects (E-4).

So a rebalance, a failed commit to Kafka or a database restored from yesterday are all ordinary: the group goes on where
its data is. Offsets mean something on one cluster's log only; its id stands beside them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chassis.database import Reader, Transaction

# A person has decided to read again what the log still has: the inbox drops what is known.
FROM_THE_BEGINNING: Final = -1


@dataclass(frozen=True, slots=True, order=True)
class Partition:
    """`topic` without prefix."""

    topic: str
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredOffset:
    next_offset: int
    cluster_id: str


async def stored(reader: Reader, group: str) -> dict[Partition, StoredOffset]:
    """Where the group goes on, by this database (E-4: it lives beside the effects)."""
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
    """Moves the group forward, never back: a batch of a former owner of the partition can't turn it."""
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
    """Writes down where a new group starts, or one that a person has sent back; others stay where they are."""
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
    """Every group that has read anything here, with its next offsets."""
    rows = await reader.fetch(
        "SELECT group_name, topic, partition, next_offset FROM consumer_offsets ORDER BY group_name, topic, partition"
    )
    found: dict[str, dict[Partition, int]] = {}
    for row in rows:
        found.setdefault(row["group_name"], {})[Partition(row["topic"], row["partition"])] = row["next_offset"]
    return found


async def pass_over(tx: Transaction, group: str, partition: Partition, *, offset: int) -> int | None:
    """Moves the group behind a record, if it stands at it or before it; returns where it stood."""
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
    """Lets the group begin at the topic's beginning, on whatever cluster; returns how many partitions that moves."""
    rows = await tx.fetch(
        "UPDATE consumer_offsets SET next_offset = $3 WHERE group_name = $1 AND topic = $2 RETURNING partition",
        group,
        topic,
        FROM_THE_BEGINNING,
    )
    return len(rows)
