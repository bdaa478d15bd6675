"""Figures of payments, from what was counted in the rule's window."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.domain import Reading
from monitor.alerts.measures.domain import Sources
from monitor.figures import service as figures
from monitor.figures.domain import PaymentCounts


async def success_rate(sources: Sources) -> Sequence[Reading]:
    """The share of paid among paid and failed, in per cent; declines of the buyers' own are left out."""
    counts = await figures.real_payments(sources.reader, since=sources.since)
    return [rate(counts, counts.success_rate)]


async def failure_rate(sources: Sources) -> Sequence[Reading]:
    """The complement of the success rate, in per cent."""
    counts = await figures.real_payments(sources.reader, since=sources.since)
    return [rate(counts, counts.failure_rate)]


def rate(counts: PaymentCounts, share: float) -> Reading:
    return Reading(labels={}, value=share * 100, sample=counts.paid + counts.failed, bad=counts.failed)
