"""Keeps the bus's own tables small, and says what in them waits for a person.

Archive and inbox are partitioned by day: a day is made a week ahead and dropped whole when it is past its retention,
so that nothing is ever deleted row by row. A row for which there was no day lies in a default partition; it is moved
into its day within the hour, and counted until then. Retention: an id must be known longer than its record can come
again (topics and archive: 14 days; inbox: 21).
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
    """`refused`: events that Kafka would not take, and the later ones of their keys. `unsorted`: rows without a day.
    `deferred`: events that wait for another attempt.
    """

    refused: int = 0
    unsorted: int = 0
    deferred: int = 0


async def keep_partitions(database: Database) -> None:
    """Makes the days to come, sorts what lies in none, drops the days that are over."""
    await database.fetchval("SELECT eventbus_partitions($1, $2)", KEEP_SENT, KEEP_INBOX)


async def leftovers(reader: Reader) -> Leftovers:
    row = await reader.fetchrow(
        """
        SELECT (SELECT count(*) FROM outbox_refused) AS refused, (SELECT count(*) FROM inbox_deferred) AS deferred,
               (SELECT count(*) FROM outbox_sent_default) + (SELECT count(*) FROM inbox_default) AS unsorted
        """
    )
    return Leftovers(**row) if row else Leftovers()
