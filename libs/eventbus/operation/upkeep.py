"""Keeps the bus's tables small, and counts what in them waits for a person.

Archive and inbox are partitioned by day: each day's partition is created a week ahead and dropped after its retention,
so no row is deleted singly. A row without a day's partition goes to the default partition; it is moved within the
hour, and counted until then. An inbox id is kept longer than its record can come again (topics and archive: 14
days; inbox: 21).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.database import Database, Reader

KEEP_SENT: Final = timedelta(days=14)
KEEP_INBOX: Final = timedelta(days=21)
INTERVAL: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """What waits in the bus's tables and should not.

    refused: events that Kafka refused, and the later ones of their keys
    unsorted: rows in a default partition
    deferred: events that wait for another attempt
    """

    refused: int = 0
    unsorted: int = 0
    deferred: int = 0


async def keep_partitions(database: Database) -> None:
    """Creates the coming days' partitions, moves rows out of the default ones, drops the days past retention."""
    await database.fetchval("SELECT eventbus_partitions($1, $2)", KEEP_SENT, KEEP_INBOX)


async def leftovers(reader: Reader) -> Leftovers:
    """Counts them."""
    row = await reader.fetchrow(
        """
        SELECT (SELECT count(*) FROM outbox_refused) AS refused, (SELECT count(*) FROM inbox_deferred) AS deferred,
               (SELECT count(*) FROM outbox_sent_default) + (SELECT count(*) FROM inbox_default) AS unsorted
        """
    )
    return Leftovers(**row) if row else Leftovers()
