"""The figure of providers' connections to processors."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.domain import Reading
from monitor.alerts.measures.domain import Sources
from monitor.figures import connection_store as figures


async def failed_connections(sources: Sources) -> Sequence[Reading]:
    """One for each connection that is not connected, or has been on its way for too long; nothing for the others."""
    now = sources.situation.now
    return [
        Reading(
            labels={"connection": str(each.connection_id)},
            value=float(each.failed(now)),
            words={"provider": str(each.provider_id), "processor": each.processor, "status": each.status},
        )
        for each in await figures.connections(sources.reader)
    ]
