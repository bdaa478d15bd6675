"""Figures of how visitors fare, from what was counted in the rule's window."""

from __future__ import annotations

from collections.abc import Sequence

from monitor.alerts.domain import Reading
from monitor.alerts.measures.domain import Sources
from monitor.figures import service as figures


async def drop_off(sources: Sources) -> Sequence[Reading]:
    """The share of visitors that did not go on at each step of a purchase, in per cent."""
    return [
        Reading(
            labels={"step": step.name},
            value=step.drop_off * 100,
            sample=step.before,
            bad=step.lost,
            words={"before": str(step.before), "lost": str(step.lost)},
        )
        for step in await figures.funnel(sources.reader, since=sources.since)
    ]


async def completion(sources: Sources) -> Sequence[Reading]:
    """The share of those who began to pay that paid, in per cent; what cost nothing is left out on neither side."""
    counts = await figures.completion(sources.reader, since=sources.since)
    return [Reading(labels={}, value=100 - counts.drop_off * 100, sample=counts.before, bad=counts.lost)]


async def web_vitals(sources: Sources) -> Sequence[Reading]:
    """What each vital was at most for three quarters of the visits: milliseconds, and CLS in its own measure."""
    found = await figures.web_vitals(sources.reader, since=sources.since)
    return [
        Reading(
            labels={"vital": vital},
            value=each.value,
            sample=each.sample,
            words={"p75": f"{each.value:g}", "page": each.worst},
        )
        for vital, each in found.items()
    ]


async def support_volume(sources: Sources) -> Sequence[Reading]:
    """Customers who called for help, for each hundred orders that were paid, in per cent."""
    asked, paid = await figures.support(sources.reader, since=sources.since)
    words = {"asked": str(asked), "paid": str(paid)}
    return [Reading(labels={}, value=100 * asked / max(paid, 1), sample=paid, bad=asked, words=words)]


async def missing_purchases(sources: Sources) -> Sequence[Reading]:
    """How many customers say that a purchase is missing."""
    return [Reading(labels={}, value=await figures.missing_purchases(sources.reader, since=sources.since, known=True))]


async def unknown_missing_purchases(sources: Sources) -> Sequence[Reading]:
    """How many say so of whom nothing is known here: anybody can invent an address."""
    return [Reading(labels={}, value=await figures.missing_purchases(sources.reader, since=sources.since, known=False))]


async def conversion_drop(sources: Sources) -> Sequence[Reading]:
    """How much fewer than usual of those who see a page to buy on buy, in per cent of the usual share.

    None while more have come in this window than in the weeks before: then nothing is usual yet.
    """
    now, usual = await figures.conversion(sources.reader, since=sources.since)
    if usual.before < now.before or not usual.gone_on or not now.before:
        return []
    share, before = now.gone_on / now.before, usual.gone_on / usual.before
    words = {"share": f"{100 * share:.1f}%", "usual": f"{100 * before:.1f}%"}
    return [Reading(labels={}, value=max(0.0, 100 * (1 - share / before)), sample=now.before, words=words)]
