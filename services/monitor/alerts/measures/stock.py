"""Figures of how fast seats sell, from what was counted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from monitor.alerts.domain import Reading
from monitor.alerts.measures.domain import Sources
from monitor.figures import service as figures

_HOUR: Final = timedelta(hours=1).total_seconds()


async def until_sold_out(sources: Sources) -> Sequence[Reading]:
    """Seconds until a city is sold out if it goes on like this; one that is sold out, or sells nothing, has none."""
    found = await figures.velocities(sources.reader, now=sources.situation.now)
    left = {city: each.whole.hours_left for city, each in found.items() if each.whole.remaining}
    return [Reading(labels={"city": city}, value=hours * _HOUR) for city, hours in left.items() if hours is not None]


async def sales_pace(sources: Sources) -> Sequence[Reading]:
    """How many times as fast as usual a city sells; a handful of tickets is no pace."""
    paces = await figures.paces(sources.reader, since=sources.since, now=sources.situation.now)
    return [
        Reading(
            labels={"city": city},
            value=pace.times,
            bad=pace.tickets,
            words={"tickets": str(pace.tickets), "usual": f"{pace.usual:.1f}"},
        )
        for city, pace in paces.items()
    ]
