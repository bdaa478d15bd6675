"""The figure of checks of providers' payments, as they were made last."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.domain import Reading
from monitor.alerts.measures.domain import Sources
from monitor.examinations import store
from monitor.examinations.domain import INACTIVE, REFUND_STANDING, WITHOUT_WEBHOOKS


async def failed_payment_checks(sources: Sources) -> Sequence[Reading]:
    """1 for each that fails, 0 for the others; nothing is known of one that was made too long ago."""
    now = sources.situation.now
    found = [(each, each.failed(now)) for each in await store.latest(sources.reader) if not each.is_warning]
    return [
        Reading(
            labels={"check": each.name},
            value=None if failed is None else float(failed),
            words={"problem": each.problem or "–"},
        )
        for each, failed in found
    ]


async def inactive_connections(sources: Sources) -> Sequence[Reading]:
    """1 where connected ones took nothing for a day."""
    return await _warned(sources, INACTIVE)


async def connections_without_webhooks(sources: Sources) -> Sequence[Reading]:
    """1 where webhooks of connected ones can't come, or can't be checked."""
    return await _warned(sources, WITHOUT_WEBHOOKS)


async def refunds_standing(sources: Sources) -> Sequence[Reading]:
    """1 where processors have not decided refunds for long."""
    return await _warned(sources, REFUND_STANDING)


async def _warned(sources: Sources, name: str) -> Sequence[Reading]:
    found = next((each for each in await store.latest(sources.reader) if each.name == name), None)
    warned = found.failed(sources.situation.now) if found else None
    words = {"problem": (found.problem if found else None) or "–"}
    return [Reading(labels={}, value=None if warned is None else float(warned), words=words)]
