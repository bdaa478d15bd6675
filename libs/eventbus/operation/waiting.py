"""Counts the rows that wait in a service's own tables for too long: once things have settled there are none (E-4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chassis.database import Reader
from invariants import Waiting

# Counting ends here: how many more there are makes no difference.
MOST: Final = 1000
OUTBOX: Final = "rows in the outbox"
# For every service: what waits, in words, and a query for the rows that have waited longer than $1. It compares with
# clock_timestamp() where rows carry the machine's time, and with app_now() where they carry the application's.
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
    """Counts the rows that have waited longer than `settling`; kinds without one are left out.

    `also` adds the service's own rows, in the form of `EVERYWHERE`. A count ends at `MOST`.
    """
    found = []
    for what, rows in {**EVERYWHERE, **(also or {})}.items():
        count = await reader.fetchval(f"SELECT count(*) FROM ({rows} LIMIT {MOST}) AS waiting", settling)  # noqa: S608
        found.append(Waiting(service=service, what=what, count=count))
    return tuple(each for each in found if each.count)
