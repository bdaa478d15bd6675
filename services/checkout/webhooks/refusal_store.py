"""All SQL on requests that were refused at the door."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import datetime

from chassis.database import Database, Reader
from checkout.webhooks.domain import RefusedRequests

# Several processes count the same minute.
_ADD = """
INSERT INTO webhook_refusals AS r (minute, processor, cause, requests, source, last_at)
SELECT * FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::int[], $5::text[], $6::timestamptz[])
ON CONFLICT (minute, processor, cause) DO UPDATE
SET requests = r.requests + excluded.requests, source = excluded.source,
    last_at = greatest(r.last_at, excluded.last_at)
"""

_SINCE = """
SELECT minute, processor, cause, requests, source, last_at FROM webhook_refusals
WHERE minute >= $1 ORDER BY last_at DESC LIMIT $2
"""


async def add(database: Database, refused: Sequence[RefusedRequests]) -> None:
    """Adds to what is counted already."""
    columns = zip(*map(astuple, refused), strict=True)
    await database.execute(_ADD, *map(list, columns))


async def newest(reader: Reader, *, since: datetime, limit: int) -> list[RefusedRequests]:
    """The newest of them first."""
    return [RefusedRequests(**row) for row in await reader.fetch(_SINCE, since, limit)]


async def forget(database: Database, *, before: datetime) -> None:
    """Nobody asks for what is older."""
    await database.execute("DELETE FROM webhook_refusals WHERE minute < $1", before)
