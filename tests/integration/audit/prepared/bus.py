"""Deeds at the event bus: letters, groups, archives."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import uuid4

from chassis.database import Row
from tests.integration.audit.house import House
from tests.integration.audit.prepared.wishes import BECAUSE, Prepare, Wish, because

_LETTER = """
INSERT INTO dead_letters (group_name, event_id, day, topic, partition, "offset", header_names, header_values, reason,
                          attempts, died_at, event_type)
VALUES ('sample', $1, current_date, 'orders', 0, 7, '{}', '{}', 'broken', 8, now(), 'fullhouse.order.paid.v1')
RETURNING id
"""
_STOPPED = "INSERT INTO subscription_stops VALUES ('sample', '20 events in a row died', now()) ON CONFLICT DO NOTHING"
_STANDS = "INSERT INTO consumer_offsets VALUES ('sample', 'orders', 0, 5, 'cluster') ON CONFLICT DO NOTHING"
_UNREADABLE = "INSERT INTO partition_stops VALUES ('sample', 'orders', 0, 5, 6, 'compressed', now())"
TIMES = {"since": "2020-01-01T00:00:00Z", "until": "2020-01-02T00:00:00Z"}


async def letter(house: House, service: str, body: Mapping[str, Any] = MappingProxyType({})) -> Wish:
    number: Row = await house.database(service).fetchval(_LETTER, uuid4())
    return Wish(parts={"letterId": str(number)}, body=dict(body))


async def letter_with_reason(house: House, service: str) -> Wish:
    return await letter(house, service, BECAUSE)


async def stopped(house: House, service: str) -> Wish:
    await house.database(service).execute(_STOPPED)
    return Wish(parts={"group": "sample"}, body=BECAUSE)


async def unreadable(house: House, service: str) -> Wish:
    await house.database(service).execute(_STANDS)
    await house.database(service).execute(_UNREADABLE)
    return Wish(parts={"group": "sample"}, body={**BECAUSE, "topic": "orders", "partition": 0, "offset": 5})


async def reading(house: House, service: str) -> Wish:
    await house.database(service).execute(_STANDS)
    return Wish(parts={"group": "sample"}, body={**BECAUSE, "topic": "orders"})


async def some_time(_house: House, _service: str) -> Wish:
    return Wish(body=TIMES)


DEEDS: Final[Mapping[str, Prepare]] = {
    "letter_redriven": letter,
    "letter_dropped": letter_with_reason,
    "group_started": stopped,
    "group_skipped": unreadable,
    "group_read_again": reading,
    "archive_republished": some_time,
    "refused_sent_again": because,
    "refused_dropped": because,
}
