"""Keeps revenue by day equal to the ledgers, compares the two, and sums days up anew (P-8)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database, Transaction
from chassis.telemetry import get_logger
from checkout.revenue import rebuild_store, store
from checkout.revenue.domain import RevenueAction, RevenueRow
from checkout.revenue.rebuild_store import Rebuild

log = get_logger()

# So many entries, or days, by one transaction: a payment waits for none of them.
_ENTRIES: Final = 2_000
_DAYS: Final = 7
_MOST_DIFFERENCES: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildProgress:
    """How far a rebuild is.

    since: from which day on
    next_day: the first day that is still to be summed up; None when all are in place
    last_day: the last one that there is something of
    """

    since: date
    next_day: date | None
    last_day: date


class Revenue:
    """Revenue by day, as sums of the ledgers and of nothing else."""

    def __init__(self, database: Database, *, zone: ZoneInfo, clock: Clock) -> None:
        """`zone`: the business's, by which days are told."""
        self._database = database
        self.zone = zone
        self._clock = clock

    async def refresh(self) -> None:
        """Adds what the ledgers have and no day has yet; nothing while another process does it."""
        while await self._add_some():
            pass
        if await store.zone_of(self._database) not in {None, self.zone.key}:
            await self._tell_days_anew()

    async def differences(self, since: date | None = None) -> Sequence[tuple[RevenueRow, RevenueRow]]:
        """Where days are not what the ledgers come to: what is shown, and what it should be."""
        return await store.differences(self._database, since=since, limit=_MOST_DIFFERENCES)

    async def rebuild(self, since: date | None, *, actor: Actor, days: int) -> RebuildProgress:
        """Sums some days up anew, a few by a transaction: whatever stops it, the next call goes on.

        What is shown changes once, when all are there. One from another day on is begun anew.
        """
        async with self._database.transaction() as tx:
            await store.wait_for_lock(tx)
            progress, begun = await self._wanted(tx, since)
            if begun:
                await audit.record(tx, RevenueAction.REBUILT, actor=actor, after={"since": progress.since.isoformat()})
        return await self._go_on(progress, days=days)

    async def _add_some(self) -> bool:
        """Whether there may be more."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            if not await store.lock(tx):
                return False
            await store.set_zone(tx, self.zone.key)
            count = await store.add_pending(tx, limit=_ENTRIES)
            if count < _ENTRIES:
                await store.set_as_of(tx, now)
        return count == _ENTRIES

    async def _tell_days_anew(self) -> None:
        """The business has moved to another time zone."""
        async with self._database.transaction() as tx:
            await store.wait_for_lock(tx)
            progress, _ = await self._wanted(tx, None)
        while progress.next_day is not None:
            progress = await self._go_on(progress, days=_DAYS)

    async def _wanted(self, tx: Transaction, since: date | None) -> tuple[RebuildProgress, bool]:
        """The rebuild from that day on, and whether it has just begun."""
        zone = self.zone.key
        first, last = await rebuild_store.first_and_last(tx, zone)
        today = self._clock.now().astimezone(self.zone).date()
        first, last = first or today, max(last or today, today)
        moved = await store.zone_of(tx) not in {None, zone}
        wanted = first if since is None or moved else max(since, first)
        known = await rebuild_store.under_way(tx)
        if known is not None and (known.zone, known.since) == (zone, wanted):
            return RebuildProgress(since=wanted, next_day=known.next_day, last_day=last), False
        await rebuild_store.begin(tx, Rebuild(zone=zone, since=wanted, next_day=wanted))
        return RebuildProgress(since=wanted, next_day=wanted, last_day=last), True

    async def _go_on(self, progress: RebuildProgress, *, days: int) -> RebuildProgress:
        """Up to so many days further."""
        done = 0
        while done < days and progress.next_day is not None:
            progress = await self._sum_up_some(progress)
            done += _DAYS
        return progress

    async def _sum_up_some(self, progress: RebuildProgress) -> RebuildProgress:
        async with self._database.transaction() as tx:
            await store.wait_for_lock(tx)
            known = await rebuild_store.under_way(tx)
            if known is None:
                # Another call has done the rest.
                return RebuildProgress(since=progress.since, next_day=None, last_day=progress.last_day)
            until = known.next_day + timedelta(days=_DAYS)
            if until <= progress.last_day:
                await rebuild_store.sum_up(tx, known, until=until)
                return RebuildProgress(since=known.since, next_day=until, last_day=progress.last_day)
            await rebuild_store.sum_up(tx, known, until=None)
            await rebuild_store.put_in_place(tx, known)
            log.info("revenue_rebuilt", since=known.since.isoformat())
            return RebuildProgress(since=known.since, next_day=None, last_day=progress.last_day)
