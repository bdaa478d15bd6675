from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chassis.database import Reader, Transaction


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
        ON CONFLICT (group_name, topic, partition) DO UPDATE SET next_offset = excluded.next_offset
        WHERE o.next_offset < excluded.next_offset
        """,
        group,
        [partition.topic for partition, _ in ordered],
        [partition.number for partition, _ in ordered],
        [next_offset for _, next_offset in ordered],
        cluster_id,
    )
