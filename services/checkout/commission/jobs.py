"""What is done about commission at set times."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

from chassis.database import Database
from chassis.jobs import Job, MonthWork
from chassis.months import Month
from chassis.telemetry import get_logger
from checkout.commission import list_store, store
from checkout.commission.collecting import Collecting
from checkout.commission.domain import STUCK_AFTER
from checkout.commission.workers import Collector

log = get_logger()

_AT_MOST: Final = timedelta(minutes=10)


def jobs(database: Database, collecting: Collecting, collector: Collector, *, zone: ZoneInfo) -> tuple[Job, ...]:
    """The jobs of this room. `zone`: the business's."""

    async def collect() -> None:
        await collecting.collect()

    async def settle_stuck() -> None:
        async with database.transaction() as tx:
            stuck = await store.make_stuck_due(tx, longer_than=STUCK_AFTER)
        if stuck:
            log.warning("collections_stuck", count=stuck)
        collector.due.wake()

    async def analyse(month: Month) -> None:
        for each in await list_store.by_rate(database, since=month.since, until=month.until, provider=None):
            log.info(
                "commission_analysed",
                month=month.name,
                currency=each.currency,
                rate=each.commission_ppm,
                volume=each.sums.volume,
                commission=each.sums.commission,
            )

    return (
        Job(
            name="pending-collections",
            purpose="Collects the commission that is due, and asks again for what could not be started.",
            at_most=_AT_MOST,
            work=collect,
        ),
        Job(
            name="stuck-collections",
            purpose="Asks the processor about collections that are under way for more than two hours.",
            at_most=_AT_MOST,
            work=settle_stuck,
        ),
        Job(
            name="commission-analysis",
            purpose="Logs what each commission rate has brought in the month before: fullhouse commission rates.",
            at_most=_AT_MOST,
            work=MonthWork(zone, analyse),
        ),
    )
