"""How providers' connections to processors stand, as the newest event of each has told. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from events import ConnectionStatus, Event, PaymentConnectionChanged

PENDING_AT_MOST: Final = timedelta(minutes=15)
# One that was revoked is meant to be over.
_WELL: Final = frozenset({ConnectionStatus.CONNECTED.value, ConnectionStatus.REVOKED.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionState:
    """A provider's connection to a processor, as of the newest event that told of it.

    connection_id: its number
    version: the connection's, in that event; only a higher one replaces it
    provider_id: whose it is
    processor: where, such as square
    status: a word of `ConnectionStatus`, or one that this reader does not know
    since: when it came to stand so
    """

    connection_id: int
    version: int
    provider_id: int
    processor: str
    status: str
    since: datetime

    def failed(self, now: datetime) -> bool:
        """Whether somebody must look: it is not connected, or has been on its way for too long (P-12)."""
        if self.status == ConnectionStatus.PENDING:
            return now - self.since > PENDING_AT_MOST
        return self.status not in _WELL


def newest_connections(events: Iterable[Event]) -> list[ConnectionState]:
    """The state of each connection that the events tell of, by its highest version."""
    newest: dict[int, PaymentConnectionChanged] = {}
    for event in events:
        if isinstance(event, PaymentConnectionChanged):
            known = newest.get(event.connection_id)
            if known is None or known.version < event.version:
                newest[event.connection_id] = event
    return [
        ConnectionState(
            connection_id=each.connection_id,
            version=each.version,
            provider_id=each.provider_id,
            processor=each.processor,
            status=each.status,
            since=each.occurred_at,
        )
        for each in newest.values()
    ]
