"""The figure of checks of providers' payments, as they were made last."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.domain import Reading
from monitor.alerts.measures.domain import Sources
from monitor.examinations import store


async def failed_payment_checks(sources: Sources) -> Sequence[Reading]:
    """1 for each that fails, 0 for the others; nothing is known of one that was made too long ago."""
    now = sources.situation.now
    found = [(each, each.failed(now)) for each in await store.latest(sources.reader)]
    return [
        Reading(
            labels={"check": each.name},
            value=None if failed is None else float(failed),
            words={"problem": each.problem or "–"},
        )
        for each, failed in found
    ]
