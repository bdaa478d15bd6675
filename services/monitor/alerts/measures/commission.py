"""Figures of the platform's commission."""

from __future__ import annotations

from collections.abc import Sequence

from chassis.money import Money
from monitor.alerts.domain import Reading
from monitor.alerts.measures.domain import Sources
from monitor.figures import collection_store
from monitor.figures import service as figures


async def commission_back(sources: Sources) -> Sequence[Reading]:
    """How often commission that was collected went back, or was asked back."""
    return [Reading(labels={}, value=await figures.commission_back(sources.reader, since=sources.since))]


async def collections_failed(sources: Sources) -> Sequence[Reading]:
    """How many collections of commission were refused."""
    return [Reading(labels={}, value=await figures.collections_failed(sources.reader, since=sources.since))]


async def collections_stuck(sources: Sources) -> Sequence[Reading]:
    """How many are under way for more than two hours."""
    now = sources.situation.now
    found = await collection_store.collections(sources.reader)
    return [Reading(labels={}, value=sum(each.stuck(now) for each in found))]


async def invoices_overdue(sources: Sources) -> Sequence[Reading]:
    """How many invoices of commission were not paid in time."""
    found = await collection_store.collections(sources.reader)
    return [Reading(labels={}, value=sum(each.overdue for each in found))]


async def commission_blocked(sources: Sources) -> Sequence[Reading]:
    """How much of each currency, in major units, waits since before the window for an account or an address."""
    return [
        Reading(
            labels={"currency": currency},
            value=float(Money(amount, currency).major()),
            words={"providers": str(providers)},
        )
        for currency, amount, providers in await collection_store.blocked(sources.reader, before=sources.since)
    ]
