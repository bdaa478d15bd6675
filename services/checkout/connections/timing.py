"""When a connection is looked at again, and when its credentials are refreshed (P-2). Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from chassis.backoff import doubled
from checkout.connections.domain import Connection
from events import ConnectionStatus

LOOK_EVERY: Final = timedelta(hours=1)
# Square wants it weekly; what lives shorter has half of its life left.
REFRESH_AFTER: Final = timedelta(days=7)
_FIRST_PAUSE: Final = timedelta(seconds=30)
_LONGEST_PAUSE: Final = timedelta(minutes=15)
_LOOKED_AT: Final = frozenset({ConnectionStatus.PENDING, ConnectionStatus.CONNECTED})


def refresh_due(connection: Connection) -> datetime | None:
    """When its credentials are to be refreshed; None for those that don't expire."""
    since, ends = connection.credentials_since, connection.credentials_expire_at
    if since is None or ends is None:
        return None
    return min(since + REFRESH_AFTER, since + (ends - since) / 2)


def next_look(connection: Connection, now: datetime) -> datetime | None:
    """When it is looked at after a look; None for one that waits for a person."""
    if connection.status not in _LOOKED_AT:
        return None
    if connection.failures:
        return now + doubled(_FIRST_PAUSE, connection.failures - 1, longest=_LONGEST_PAUSE)
    refresh = refresh_due(connection)
    usual = now + LOOK_EVERY
    return min(usual, max(now, refresh)) if refresh else usual
