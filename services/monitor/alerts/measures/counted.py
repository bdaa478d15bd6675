"""Figures of errors and refusals, as they were counted in the rule's window."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.domain import Reading
from monitor.alerts.measures.domain import Measuring, Sources
from monitor.figures import service as figures


async def expansions_refused(sources: Sources) -> Sequence[Reading]:
    """How often each person was refused to open seats."""
    found = await figures.expansions_refused(sources.reader, since=sources.since)
    return [Reading(labels={"actor": actor}, value=count) for actor, count in found.items()]


async def fraud_suspected(sources: Sources) -> Sequence[Reading]:
    """How many buyers broke each rule of velocity."""
    found = await figures.fraud_suspected(sources.reader, since=sources.since)
    return [Reading(labels={"rule": rule}, value=count) for rule, count in found.items()]


def errors(label: str) -> Measuring:
    """How often an error of A-11 was counted: `inventory_errors/inventory_sync_failed`."""

    async def read(sources: Sources) -> Sequence[Reading]:
        found = await figures.errors(sources.reader, since=sources.since)
        return [Reading(labels={}, value=found.get(label, 0))]

    return read
