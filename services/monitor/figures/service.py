"""Use cases of the figures: events are counted, and counts of a period read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from chassis.database import Reader, Transaction
from eventbus import Received
from events import Channel, Event, SitePage, StockEvent, SupportKind
from monitor.figures import collection_store, connection_store, store, visit_store
from monitor.figures.collections import newest_collections
from monitor.figures.connections import newest_connections
from monitor.figures.counting import counts, happened
from monitor.figures.domain import (
    Figure,
    PaymentCounts,
    PoolState,
    SaleKind,
    SmsCounts,
    Sums,
    Tally,
    WebhookCounts,
    percentile,
    support_label,
)
from monitor.figures.funnel import STEPS, Step, steps
from monitor.figures.times import ProcessingTimes
from monitor.figures.velocity import WINDOW, CityVelocity, SalesPace, Velocity, per_hour
from monitor.figures.vitals import Felt, VitalFigure, p75s

_SMS: Final = (Figure.MESSAGES_QUEUED, Figure.MESSAGES_SENT, Figure.MESSAGES_DELIVERED, Figure.MESSAGES_FAILED)
USUAL: Final = timedelta(days=28)
ENOUGH: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
# Only what a processor has taken money for has a time that its processing took.
_PAYMENTS: Final = (Figure.PAYMENT_PROCESSING, Figure.PAYMENTS_FAILED, Figure.PAYMENTS_DECLINED)


async def count(tx: Transaction, batch: Sequence[Received[Event]]) -> None:
    """Counts a batch, and keeps the newest state of each pool, connection and collection in it, each by a statement."""
    tally = Tally()
    for received in batch:
        at = happened(received.event, received.envelope)
        for counted in counts(received.event):
            tally.add(counted, at=at)
    await store.add(tx, tally)
    await store.keep_newest(tx, newest_pools(received.event for received in batch))
    await connection_store.keep_newest(tx, newest_connections(received.event for received in batch))
    await collection_store.keep_newest(tx, newest_collections(received.event for received in batch))


def newest_pools(events: Iterable[Event]) -> list[PoolState]:
    """The state of each pool that the events tell of, by the highest stock version of each hour."""
    newest: dict[tuple[str, datetime], StockEvent] = {}
    for event in events:
        if isinstance(event, StockEvent):
            of = (event.city_id, event.occurred_at.replace(minute=0, second=0, microsecond=0))
            known = newest.get(of)
            if known is None or known.stock_version < event.stock_version:
                newest[of] = event
    return [pool for event in newest.values() for pool in _pools(event)]


async def payments(
    reader: Reader, *, since: datetime, kinds: Sequence[SaleKind] = (SaleKind.BUSINESS,)
) -> PaymentCounts:
    """Payments since then, of sales of these kinds."""
    found = await store.counts_since(reader, _PAYMENTS, since=since, kinds=kinds)
    return PaymentCounts(
        paid=found[Figure.PAYMENT_PROCESSING].count,
        failed=found[Figure.PAYMENTS_FAILED].count,
        declined=found[Figure.PAYMENTS_DECLINED].count,
    )


async def real_payments(reader: Reader, *, since: datetime) -> PaymentCounts:
    """Payments as the processor has them: demonstrations count, synthetic purchases say nothing about it (M-13)."""
    return await payments(reader, since=since, kinds=(SaleKind.BUSINESS, SaleKind.DEMO))


async def second_charges(reader: Reader, *, since: datetime) -> dict[str, int]:
    """Second charges of one order since then, by what became of them."""
    return await _by_label(reader, Figure.SECOND_CHARGES, since=since)


async def refunds_refused(reader: Reader, *, since: datetime) -> int:
    """How many refunds that people asked for were refused since then."""
    return sum((await _by_label(reader, Figure.REFUNDS_REFUSED, since=since)).values())


async def refunds_failed(reader: Reader, *, since: datetime) -> int:
    """How many refunds have failed since then that had seemed to arrive."""
    return sum((await _by_label(reader, Figure.REFUNDS_FAILED, since=since)).values())


async def payments_mismatched(reader: Reader, *, since: datetime) -> int:
    """How many payments came since then that are not what their appointment asks for."""
    return sum((await _by_label(reader, Figure.PAYMENTS_MISMATCHED, since=since)).values())


async def commission_back(reader: Reader, *, since: datetime) -> int:
    """How often commission that was collected went back, or was asked back, since then."""
    return sum((await _by_label(reader, Figure.COMMISSION_BACK, since=since)).values())


async def collections_failed(reader: Reader, *, since: datetime) -> int:
    """How many collections of commission were refused since then."""
    return sum((await _by_label(reader, Figure.COLLECTIONS_FAILED, since=since)).values())


async def reconciled(reader: Reader, *, since: datetime) -> tuple[int, int]:
    """How many differences to what processors say were mended since then, and how many are a person's."""
    mended = await _by_label(reader, Figure.RECONCILED, since=since)
    failed = await _by_label(reader, Figure.RECONCILIATIONS_FAILED, since=since)
    return sum(mended.values()), sum(failed.values())


async def accounts_unreadable(reader: Reader, *, since: datetime) -> dict[str, int]:
    """How often since then an account at a processor could not be read, by account."""
    return await _by_label(reader, Figure.ACCOUNTS_UNREADABLE, since=since)


async def errors(reader: Reader, *, since: datetime) -> dict[str, int]:
    """Errors since then, by category and name."""
    return await _by_label(reader, Figure.ERRORS, since=since)


async def expansions_refused(reader: Reader, *, since: datetime) -> dict[str, int]:
    """How often since then somebody was refused to open seats, by who it was."""
    return await _by_label(reader, Figure.EXPANSIONS_REFUSED, since=since)


async def fraud_suspected(reader: Reader, *, since: datetime) -> dict[str, int]:
    """How many buyers were blocked since then, by the rule that they broke."""
    return await _by_label(reader, Figure.FRAUD_SUSPECTED, since=since)


async def _by_label(reader: Reader, figure: Figure, *, since: datetime) -> dict[str, int]:
    counted: dict[str, int] = {}
    for _, _, label, count in await store.by_minute(reader, (figure,), since=since):
        counted[label] = counted.get(label, 0) + count
    return counted


async def funnel(reader: Reader, *, since: datetime) -> list[Step]:
    """How many visitors went on at each step of buying seats since then; the first is to see the page to buy on."""
    return list(steps(await _visits(reader, since=since)))


async def conversion(reader: Reader, *, since: datetime) -> tuple[Step, Step]:
    """How many of those who saw a page to buy on have bought: since then, and in the 28 days before."""
    views, paid = Figure.PAGE_VIEWS, Figure.CHECKOUTS_PAID
    now, all_ = await _visits(reader, since=since), await _visits(reader, since=since - USUAL)
    usual = {figure: all_.get(figure, 0) - now.get(figure, 0) for figure in (views, paid)}
    return _bought(now), _bought(usual)


def _bought(counted: Mapping[Figure, int]) -> Step:
    seen, paid = counted.get(Figure.PAGE_VIEWS, 0), counted.get(Figure.CHECKOUTS_PAID, 0)
    return Step(name="order_paid", before=seen, gone_on=paid)


async def _visits(reader: Reader, *, since: datetime) -> dict[Figure, int]:
    found = await visit_store.counts_by_label(reader, [figure for _, figure in STEPS], since=since, in_cities=True)
    counted: dict[Figure, int] = {}
    for (figure, label), count in found.items():
        if figure is not Figure.PAGE_VIEWS or label == SitePage.REGISTER:
            counted[figure] = counted.get(figure, 0) + count
    return counted


async def completion(reader: Reader, *, since: datetime) -> Step:
    """How many of those who began to pay since then have paid, for seats or for passes."""
    began, paid = await counted(reader, Figure.CHECKOUTS_STARTED, Figure.CHECKOUTS_PAID, since=since)
    return Step(name="order_paid", before=began, gone_on=paid)


async def web_vitals(reader: Reader, *, since: datetime) -> dict[str, VitalFigure]:
    """How pages felt since then, by vital."""
    found = await visit_store.counts_by_label(reader, (Figure.WEB_VITALS,), since=since)
    return p75s((Felt.parse(label), count) for (_, label), count in found.items())


async def counted(reader: Reader, *figures: Figure, since: datetime) -> tuple[int, ...]:
    """How often each of these was counted since then, of business alone."""
    found = await visit_store.counts_by_label(reader, figures, since=since)
    return tuple(sum(count for (figure, _), count in found.items() if figure is each) for each in figures)


async def refunds(reader: Reader, *, since: datetime) -> tuple[int, int]:
    """How many refunds stayed with their buyers since then, and how many payments were made."""
    figures = (Figure.REFUNDS, Figure.REFUNDS_FAILED, Figure.PAYMENT_PROCESSING)
    given, failed, paid = await counted(reader, *figures, since=since)
    return max(0, given - failed), paid


async def disputes(reader: Reader, *, since: datetime) -> tuple[int, int]:
    """How many disputes began since then, and how many payments were made."""
    disputed, paid = await counted(reader, Figure.DISPUTES, Figure.PAYMENT_PROCESSING, since=since)
    return disputed, paid


async def processing(reader: Reader, *, since: datetime) -> ProcessingTimes:
    """How long payments took since then, from the processor's event to the paid order."""
    sums = await store.counts_since(reader, (Figure.PAYMENT_PROCESSING,), since=since)
    buckets = await _by_label(reader, Figure.PAYMENT_PROCESSING, since=since)
    whole = sums[Figure.PAYMENT_PROCESSING]
    return ProcessingTimes(count=whole.count, total_ms=whole.total, p95_ms=percentile(buckets, 0.95))


async def support(reader: Reader, *, since: datetime) -> tuple[int, int]:
    """How many customers called for help since then, and how many orders were paid."""
    asked, paid = await counted(reader, Figure.SUPPORT_REQUESTS, Figure.ORDERS_PAID, since=since)
    return asked, paid


async def missing_purchases(reader: Reader, *, since: datetime, known: bool) -> int:
    """How many told since then that a purchase is missing; those whom nobody has helped, if they are more.

    known: customers, or those of whom nothing is known here
    """
    kind = support_label(SupportKind.MISSING_PURCHASE, known=known)
    found = await visit_store.counts_by_label(reader, (Figure.SUPPORT_REQUESTS,), since=since)
    counted = await store.totals(reader, (Figure.SUPPORT_REQUESTS, Figure.SUPPORT_CLOSED))
    of_kind = {cell.figure: sums.count for cell, sums in counted if cell.label == kind}
    still_open = of_kind.get(Figure.SUPPORT_REQUESTS, 0) - of_kind.get(Figure.SUPPORT_CLOSED, 0)
    return max(found.get((Figure.SUPPORT_REQUESTS, kind), 0), still_open)


async def inquiries(reader: Reader, *, since: datetime) -> int:
    """How often since then a bank has asked about a payment."""
    return sum(count for *_, count in await store.by_minute(reader, (Figure.INQUIRIES,), since=since))


async def webhooks(reader: Reader, *, since: datetime) -> WebhookCounts:
    """Webhooks since then, by minute, with the time that handling took."""
    rows = await store.by_minute(reader, (Figure.WEBHOOKS_PROCESSED, Figure.WEBHOOKS_FAILED), since=since)
    done: dict[datetime, int] = {}
    failed: dict[datetime, int] = {}
    buckets: dict[str, int] = {}
    for minute, figure, label, count in rows:
        lane = done if figure is Figure.WEBHOOKS_PROCESSED else failed
        lane[minute] = lane.get(minute, 0) + count
        if figure is Figure.WEBHOOKS_PROCESSED:
            buckets[label] = buckets.get(label, 0) + count
    return WebhookCounts(done=done, failed=failed, p99_ms=percentile(buckets, 0.99))


async def sms(reader: Reader, *, since: datetime) -> SmsCounts:
    """Text messages since then, and what became of them."""
    counted: dict[Figure, int] = {}
    for _, figure, label, count in await store.by_minute(reader, _SMS, since=since):
        if label == Channel.SMS.value:
            counted[figure] = counted.get(figure, 0) + count
    queued, sent, delivered, failed = (counted.get(figure, 0) for figure in _SMS)
    return SmsCounts(queued=queued, sent=sent, delivered=delivered, failed=failed)


async def sales(reader: Reader, cities: Sequence[str], *, since: datetime) -> dict[str, Sums]:
    """Tickets sold in these cities since then, and what they cost, by currency."""
    return await store.sums_by_label(reader, Figure.TICKETS_SOLD, cities, since=since)


async def velocities(reader: Reader, *, now: datetime) -> dict[str, CityVelocity]:
    """How fast each city sells, and each of its tiers (I-12); demonstrations and tests are no sales."""
    sold: dict[tuple[str, str], list[tuple[datetime, int]]] = {}
    for hour, city, tier, sums in await store.by_hour(reader, Figure.TICKETS_SOLD, since=now - WINDOW):
        sold.setdefault((city, tier), []).append((hour, sums.count))
    tiers: dict[str, dict[str, Velocity]] = {}
    for pool in await store.pools(reader):
        rate = per_hour(sold.get((pool.city, pool.tier), ()), now=now)
        tiers.setdefault(pool.city, {})[pool.tier] = Velocity(rate, pool.available)
    return {city: CityVelocity(each) for city, each in tiers.items()}


async def paces(reader: Reader, *, since: datetime, now: datetime) -> dict[str, SalesPace]:
    """How fast each city sells since then beside what is usual; of one that sells for less than a day nothing is."""
    began = since.replace(minute=0)
    usual = await store.history_by_city(reader, Figure.TICKETS_SOLD, since=began - USUAL, until=began)
    of_late = await store.by_city(reader, Figure.TICKETS_SOLD, since=since)
    return {
        city: SalesPace(of_late.get(city, 0), count / ((began - first) / HOUR), (now - since) / HOUR)
        for city, (first, count) in usual.items()
        if began - first >= ENOUGH
    }


def _pools(event: StockEvent) -> list[PoolState]:
    return [
        PoolState(
            city=event.city_id,
            tier=tier,
            stock_version=event.stock_version,
            public_limit=level.public_limit,
            actual_limit=level.actual_limit,
            held=level.held,
            sold=level.sold,
            oversold=level.oversold,
            available=level.available,
            changed_at=event.occurred_at,
        )
        for tier, level in event.pools.items()
    ]
