"""Goes on with a run by a step: a page that is read, or a few differences that are mended. Between steps it may die."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final

from chassis.clock import Clock
from chassis.crashpoints import crashpoint
from chassis.database import Database
from chassis.database_outages import is_outage
from chassis.due_rows import side_by_side
from chassis.errors import Condition, Dead, Retry
from chassis.telemetry import get_logger
from checkout.payments.processors.port import ProcessorFailure, ProcessorRefused
from checkout.reconciliation import difference_store, store
from checkout.reconciliation.detectors.detector import AT_ONCE, Detector, Reach
from checkout.reconciliation.difference_store import KeptDifference
from checkout.reconciliation.domain import (
    ABOUT,
    GONE,
    REPAIRED,
    About,
    Looked,
    PartState,
    Run,
    RunPart,
    RunState,
    Settlement,
    persons,
)
from checkout.reconciliation.outcomes import Outcomes
from checkout.reconciliation.repairs.repair import Repair

log = get_logger()

# How often a page is tried that can't be read, and how long it rests in between.
TRIES: Final = 3
_REST: Final = timedelta(seconds=2)
# Well within a lease.
_BATCH: Final = 40
# What waits for a person is looked at again now and then: most of it somebody mends elsewhere.
_STALE_AFTER, _MOST_STALE = timedelta(minutes=1), 20


class ReconciliationEngine:
    """Reads with the detectors, and mends with the repair for what a difference is about."""

    def __init__(
        self,
        *,
        database: Database,
        detectors: Sequence[Detector],
        repairs: Mapping[About, Repair[Any]],
        outcomes: Outcomes,
        clock: Clock,
    ) -> None:
        self._database = database
        self._outcomes = outcomes
        self._detectors = {each.name: each for each in detectors}
        self._repairs = repairs
        self._clock = clock

    async def go_on(self, run: Run) -> None:
        """A step further."""
        if run.state is RunState.READING:
            await self._read(run)
        else:
            await self._mend(run)

    async def _read(self, run: Run) -> None:
        parts = await store.parts(self._database, run.run_id)
        part = next((each for each in parts if each.state is PartState.DUE), None)
        if part is None:
            counts = await difference_store.counts(self._database, run.run_id)
            await self._move(run, run.after_reading(counts.left))
            return
        try:
            looked = await self._detectors[part.detector].look(part.account, run.scope, after=part.after)
        except Exception as error:
            if is_outage(error):
                raise
            await self._not_read(part, error)
        else:
            await self._keep(run, part, looked)

    async def _keep(self, run: Run, part: RunPart, looked: Looked) -> None:
        async with self._database.transaction() as tx:
            if await store.read(tx, part, looked):
                now = self._clock.now()
                await difference_store.insert(tx, run.run_id, looked.differences, shown=run.dry_run, at=now)
                await store.add_parts(tx, run.run_id, self._parts(run, looked.accounts))
            await store.due_again(tx, run.run_id)
        crashpoint("checkout.after_reconciliation_page")

    def _parts(self, run: Run, accounts: Sequence[str]) -> list[tuple[str, str]]:
        """What is to be read of accounts that were found on the way."""
        asked = [name for name, each in self._detectors.items() if each.reach is Reach.EACH and each.wants(run.scope)]
        return [(account, name) for account in accounts for name in asked]

    async def _not_read(self, part: RunPart, error: Exception) -> None:
        """Refused is refused; whatever else it is may be over in a moment."""
        if not isinstance(error, ProcessorFailure):
            log.warning("reconciliation_page_failed", detector=part.detector, reason=str(error), exc_info=error)
        give_up = isinstance(error, ProcessorRefused) or part.tries + 1 >= TRIES
        known = isinstance(error, ProcessorFailure)
        reason = str(error) if known else f"{type(error).__name__}, of which the log tells"
        trouble = f"{part.detector} {'from ' + part.after if part.after else 'from the beginning'}: {reason}"
        async with self._database.transaction() as tx:
            if await store.not_read(tx, part, trouble, give_up=give_up) and give_up:
                await self._outcomes.unreadable(tx, part, reason)
            await store.due_again(tx, part.run_id, after=timedelta(0) if give_up else _REST)

    async def _mend(self, run: Run) -> None:
        found = await difference_store.to_settle(self._database, run.run_id, limit=_BATCH)
        if found:
            first = [each for each in found if each.difference.stage == found[0].difference.stage]
            await side_by_side(lambda each: self._settle(run, each), first, at_once=AT_ONCE)
            async with self._database.transaction() as tx:
                await store.due_again(tx, run.run_id)
            return
        if run.scope.whole:
            await self._look_again(run)
        await self._move(run, RunState.DONE)

    async def _look_again(self, run: Run) -> None:
        async with self._database.transaction() as tx:
            before = self._clock.now() - _STALE_AFTER
            stale = await difference_store.take_stale(tx, run.run_id, before=before, limit=_MOST_STALE)
        await side_by_side(lambda each: self._settle(run, each), stale, at_once=AT_ONCE)

    async def _settle(self, run: Run, kept: KeptDifference) -> None:
        settlement = await self._settlement(kept)
        crashpoint("checkout.after_reconciliation_repair")
        async with self._database.transaction() as tx:
            if not await difference_store.settle(tx, kept, settlement):
                return
            await self._outcomes.settled(tx, run, kept, settlement)
        order_id = str(kept.difference.order_id or "")
        log.info(
            "reconciliation_settled",
            kind=kept.difference.kind.value,
            state=settlement.state.value,
            order_id=order_id,
        )

    async def _settlement(self, kept: KeptDifference) -> Settlement:
        """What could not be asked or failed is a person's, until it is looked at again."""
        again = f"fullhouse reconcile --{_option(kept)}" if _option(kept) else "fullhouse reconcile --since 24h"
        try:
            return await self._mended(kept)
        except ProcessorFailure as failure:
            return persons(f"The processor could not be asked: {failure}", again)
        except (Condition, Dead, Retry) as condition:
            return persons(str(condition), again)
        except Exception as error:
            if is_outage(error):
                raise
            log.warning(
                "reconciliation_repair_failed", kind=kept.difference.kind.value, reason=str(error), exc_info=error
            )
            return persons(f"Mending it failed: {type(error).__name__}, which the log tells of", again)

    async def _mended(self, kept: KeptDifference) -> Settlement:
        repair = self._repairs[ABOUT[kept.difference.kind]]
        seen = await repair.see(kept.difference)
        if await repair.look(kept.difference, seen) is None:
            # Whoever died after it had mended it could not say so.
            return REPAIRED if kept.tried_at else GONE
        async with self._database.transaction() as tx:
            await difference_store.tried(tx, kept)
        return await repair.mend(kept.difference, seen)

    async def _move(self, run: Run, state: RunState) -> None:
        async with self._database.transaction() as tx:
            await store.move(tx, run.run_id, state)


def _option(kept: KeptDifference) -> str:
    """How a person has just this looked at."""
    difference = kept.difference
    if ABOUT[difference.kind] is About.SESSION:
        return f"session {difference.subject}"
    return f"order {difference.order_id}" if difference.order_id else ""
