"""Comparisons that the clock begins (R-2), and how long all of them are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.jobs import Job
from checkout.reconciliation import store
from checkout.reconciliation.domain import Scope
from checkout.reconciliation.service import Reconciliation

# The stretch of time that each of them looks at, up to now.
STRETCHES: Final = {
    "reconcile-1h": timedelta(hours=1),
    "reconcile-24h": timedelta(hours=24),
    "reconcile-7d": timedelta(days=7),
}
_IDLE_KEPT, _ALL_KEPT = timedelta(days=1), timedelta(days=90)


def jobs(database: Database, runs: Reconciliation, clock: Clock, *, wake: Callable[[], None]) -> tuple[Job, ...]:
    """The jobs of this room. A run that takes longer than to the next one is not begun a second time."""

    def comparing(name: str, stretch: timedelta) -> Job:
        async def begin() -> None:
            now = clock.now()
            async with database.transaction() as tx:
                if await store.under_way(tx, name):
                    return
                scope = Scope(since=now - stretch, until=now)
                await runs.start(tx, scope, actor=Actor(name=name), by_person=False)
                tx.after_commit(wake)

        return Job(
            name=name,
            purpose=f"Compares the last {_words(stretch)} at the processor with what there is, and mends what differs.",
            at_most=timedelta(minutes=1),
            work=begin,
        )

    async def forget() -> None:
        now = clock.now()
        async with database.transaction() as tx:
            await store.forget(tx, idle_before=now - _IDLE_KEPT, all_before=now - _ALL_KEPT)

    return (
        *(comparing(name, stretch) for name, stretch in STRETCHES.items()),
        Job(
            name="forget-reconciliations",
            purpose="Forgets comparisons of the clock that found nothing after a day, all others after three months.",
            at_most=timedelta(minutes=5),
            work=forget,
        ),
    )


def _words(stretch: timedelta) -> str:
    hours = round(stretch / timedelta(hours=1))
    return {1: "hour", 24: "day"}.get(hours, f"{hours // 24} days")
