"""What should not be there any more once things have settled: rows that wait in a service's own tables (E-4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chassis.database import Reader
from invariants import Waiting

# More than that many are not counted: it is wrong either way.
MOST: Final = 1000
OUTBOX: Final = "rows in the outbox"
# Of every service: what waits, in words, and the rows that have waited longer than $1. Rows that a machine wrote down
# carry the machine's own time.
EVERYWHERE: Final[Mapping[str, str]] = {
    OUTBOX: "SELECT FROM outbox WHERE created_at < clock_timestamp() - $1::interval",
    "rows that Kafka refused": "SELECT FROM outbox_refused WHERE refused_at < app_now() - $1::interval",
    "deferred events": """
        SELECT FROM inbox_deferred AS later WHERE clock_timestamp() - $1::interval > (
            SELECT received_at FROM inbox
            WHERE inbox.group_name = later.group_name AND inbox.event_id = later.event_id AND inbox.day = later.day
        )
    """,
    "dead letters": "SELECT FROM dead_letters WHERE state = 'dead' AND died_at < app_now() - $1::interval",
    "stopped subscriptions": "SELECT FROM subscription_stops WHERE stopped_at < app_now() - $1::interval",
    "stopped partitions": "SELECT FROM partition_stops WHERE stopped_at < app_now() - $1::interval",
}


async def waiting(
    reader: Reader, service: str, *, settling: timedelta, also: Mapping[str, str] | None = None
) -> tuple[Waiting, ...]:
    """Counts the bus's rows, and those of the service (`also`, in the same form), that have waited longer."""
    found = []
    for what, rows in {**EVERYWHERE, **(also or {})}.items():
        count = await reader.fetchval(f"SELECT count(*) FROM ({rows} LIMIT {MOST}) AS waiting", settling)  # noqa: S608
        found.append(Waiting(service=service, what=what, count=count))
    return tuple(each for each in found if each.count)
