"""Which connections might take a provider's payments now."""

from __future__ import annotations

from datetime import datetime

from chassis.database import Reader
from checkout.connections import store as connections_store
from checkout.connections.domain import Connection
from checkout.routing.domain import Candidate


async def candidates_of(reader: Reader, provider_id: int | None, *, now: datetime) -> list[Candidate]:
    """One a processor, in the order of their ids; nobody's payment has none."""
    if provider_id is None:
        return []
    return [_candidate(each, now) for each in await connections_store.of_provider(reader, provider_id)]


def _candidate(connection: Connection, now: datetime) -> Candidate:
    issue = connection.issue(now)
    return Candidate(
        connection_id=connection.connection_id,
        processor=connection.processor,
        issue=issue.value if issue else None,
    )
