"""Figures of payments, from what was counted in the rule's window."""

from __future__ import annotations

from collections.abc import Sequence

from events import SecondChargeOutcome
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


async def second_charges(sources: Sources) -> Sequence[Reading]:
    """How many orders were paid twice, whatever became of the second charge; what failed was refunded before."""
    found = await figures.second_charges(sources.reader, since=sources.since)
    return [Reading(labels={}, value=sum(found.values()) - found.get(SecondChargeOutcome.FAILED, 0))]


async def second_charges_refused(sources: Sources) -> Sequence[Reading]:
    """How many second charges their processor did not give back, at once or after all."""
    found = await figures.second_charges(sources.reader, since=sources.since)
    kept = (SecondChargeOutcome.REFUSED, SecondChargeOutcome.FAILED)
    return [Reading(labels={}, value=sum(found.get(outcome, 0) for outcome in kept))]


async def refunds_refused(sources: Sources) -> Sequence[Reading]:
    """How many refunds that people asked for their processor did not do."""
    return [Reading(labels={}, value=await figures.refunds_refused(sources.reader, since=sources.since))]


async def refunds_failed(sources: Sources) -> Sequence[Reading]:
    """How many refunds did not arrive after all."""
    return [Reading(labels={}, value=await figures.refunds_failed(sources.reader, since=sources.since))]


async def payments_mismatched(sources: Sources) -> Sequence[Reading]:
    """How many payments are not what their appointment asks for."""
    return [Reading(labels={}, value=await figures.payments_mismatched(sources.reader, since=sources.since))]


async def inquiries(sources: Sources) -> Sequence[Reading]:
    """How often a buyer's bank has asked about a payment, without taking the money."""
    return [Reading(labels={}, value=await figures.inquiries(sources.reader, since=sources.since))]


def rate(counts: PaymentCounts, share: float) -> Reading:
    return Reading(labels={}, value=share * 100, sample=counts.paid + counts.failed, bad=counts.failed)


async def processing_average(sources: Sources) -> Sequence[Reading]:
    """Milliseconds from the processor's event to the paid order, on average."""
    times = await figures.processing(sources.reader, since=sources.since)
    return [Reading(labels={}, value=times.average_ms, sample=times.count)]


async def processing_p95(sources: Sources) -> Sequence[Reading]:
    """Milliseconds that 95 % of the payments took at most, in the steps of the buckets."""
    times = await figures.processing(sources.reader, since=sources.since)
    return [Reading(labels={}, value=times.p95_ms or 0, sample=times.count)]


async def refund_rate(sources: Sources) -> Sequence[Reading]:
    """Refunds for each hundred payments, in per cent."""
    return [_of_payments(*await figures.refunds(sources.reader, since=sources.since))]


async def dispute_rate(sources: Sources) -> Sequence[Reading]:
    """Disputes for each hundred payments, in per cent."""
    return [_of_payments(*await figures.disputes(sources.reader, since=sources.since))]


async def differences(sources: Sources) -> Sequence[Reading]:
    """How many differences to what processors say were found: mended by itself, and for a person."""
    mended, failed = await figures.reconciled(sources.reader, since=sources.since)
    words = {"mended": str(mended), "left": str(failed)}
    return [Reading(labels={}, value=mended + failed, words=words)]


async def accounts_unreadable(sources: Sources) -> Sequence[Reading]:
    """How often each account at a processor could not be read."""
    found = await figures.accounts_unreadable(sources.reader, since=sources.since)
    return [Reading(labels={"account": account}, value=count) for account, count in found.items()]


async def webhook_success(sources: Sources) -> Sequence[Reading]:
    """The share of webhooks that were handled among those that were not refused, in per cent."""
    counts = await figures.webhooks(sources.reader, since=sources.since)
    failed = counts.failed_in_all
    share = 100 * (1 - (counts.failed_share or 0))
    return [Reading(labels={}, value=share, sample=counts.done_in_all + failed, bad=failed)]


def _of_payments(bad: int, paid: int) -> Reading:
    return Reading(labels={}, value=100 * bad / max(paid, 1), sample=paid, bad=bad)
