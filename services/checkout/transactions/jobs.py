"""What is done about external transactions at set times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from chassis.clock import Clock
from chassis.database import Database
from chassis.jobs import Job, MonthWork
from chassis.months import Month
from chassis.telemetry import get_logger
from checkout.transactions import comparison_store, fee_store, sync_store
from checkout.transactions.comparison import WEEK, comparison
from checkout.transactions.errors import FeesDrift
from checkout.transactions.workers import TransactionWork
from config import Fees

log = get_logger()

# What processors list late, or date back, is met by then.
_READ_AGAIN: Final = timedelta(days=3)
WEEKLY: Final = "payments-reconcile-7d"
_KEPT: Final = timedelta(days=90)


def jobs(
    database: Database, work: TransactionWork, clock: Clock, *, fees: Callable[[], Fees], zone: ZoneInfo
) -> tuple[Job, ...]:
    """The jobs of this room; what takes long is left to the workers. One that finds a drift fails, which is told.

    `zone`: the business's.
    """

    async def external_sync() -> None:
        now = clock.now()
        async with database.transaction() as tx:
            await sync_store.read_again(tx, since=now - _READ_AGAIN, now=now)
            tx.after_commit(work.sync.due.wake)

    async def reconcile() -> None:
        now = clock.now()
        async with database.transaction() as tx:
            await comparison_store.forget(tx, before=now - _KEPT)
            if await comparison_store.under_way(tx, WEEKLY):
                return
            await comparison_store.add(tx, comparison(now, since=now - WEEK, started_by=WEEKLY))
            tx.after_commit(work.comparisons.due.wake)

    async def compare_fees(month: Month) -> None:
        drifts = await fee_store.drifts(database, fees(), since=month.since, until=month.until)
        for each in drifts:
            log.info(
                "fees_compared",
                month=month.name,
                processor=each.processor,
                currency=each.currency,
                estimated=each.estimated,
                actual=each.actual,
            )
        if any(each.drifts for each in drifts):
            raise FeesDrift

    async def archive_90d() -> None:
        await work.archive.archive()

    return (
        Job(
            name="external-sync",
            purpose="Has the last three days of all connected accounts’ payments read again at their processors.",
            at_most=timedelta(minutes=1),
            work=external_sync,
        ),
        Job(
            name=WEEKLY,
            purpose="Compares the last week of all connected accounts’ payments with what their processors list.",
            at_most=timedelta(minutes=1),
            work=reconcile,
        ),
        Job(
            name="archive-90d",
            purpose="Moves external transactions of more than 90 days ago to the archive, where they still count.",
            at_most=timedelta(minutes=30),
            work=archive_90d,
        ),
        Job(
            name="fee-drift",
            purpose="Compares what processors kept in the month before with fees.yaml: fullhouse payments fees.",
            at_most=timedelta(minutes=10),
            work=MonthWork(zone, compare_fees),
        ),
    )
