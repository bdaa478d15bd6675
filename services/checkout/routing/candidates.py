"""Which connections might take a provider's payments now: by their own state, and by their breakers."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from chassis.database import Reader
from checkout.connections import breaker_store
from checkout.connections import store as connections_store
from checkout.connections.breaker import BreakerState, ConnectionBreaker
from checkout.connections.domain import Connection
from checkout.routing.domain import Candidate

# Its processor has failed too often lately.
BREAKER_OPEN: Final = "breaker_open"
_CLOSED: Final = ConnectionBreaker()


async def candidates_of(reader: Reader, provider_id: int | None, *, now: datetime) -> list[Candidate]:
    """One a processor, in the order of their ids; nobody's payment has none."""
    if provider_id is None:
        return []
    breakers = await breaker_store.of_provider(reader, provider_id)
    return [
        _candidate(each, breakers.get(each.connection_id, _CLOSED), now)
        for each in await connections_store.of_provider(reader, provider_id)
    ]


def _candidate(connection: Connection, breaker: ConnectionBreaker, now: datetime) -> Candidate:
    found = connection.issue(now)
    issue = found.value if found else None
    if issue is None and not breaker.admits(now):
        issue = BREAKER_OPEN
    return Candidate(
        connection_id=connection.connection_id,
        processor=connection.processor,
        issue=issue,
        on_trial=breaker.state_at(now) is BreakerState.HALF_OPEN,
    )
