"""Looks, one at a time, each written down before it begins."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import StrEnum

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Database
from chassis.inspection import frames, store
from chassis.inspection.errors import InspectionUnderWay
from chassis.inspection.schemas import Heap, InspectionOut, Kind, Profile, Queries, Stacks, Tasks
from chassis.inspection.watching import Watched

_AT_ONCE = Watched(0.0, early=False)


class Action(StrEnum):
    """What was done."""

    INSPECTED = "process_inspected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is looked into.

    service: its service
    process: the process's role and slot
    database_url: the service's own database
    """

    service: str
    process: str
    database_url: str


class Inspector:
    """Looks into this process.

    It has a connection of its own for each look: those of the pool may all be waiting for what one wants to find.
    """

    def __init__(self, of: Surroundings, *, clock: Clock) -> None:
        self._of = of
        self._clock = clock
        self._busy = False

    async def inspect(self, kind: Kind, *, seconds: int, actor: Actor) -> InspectionOut:
        """Raises InspectionUnderWay while another look lasts."""
        began = self._clock.now()
        async with self._alone(), self._database() as database:
            async with database.transaction() as tx:
                target = audit.target("process", kind.value)
                asked = {"process": self._of.process, "seconds": seconds}
                await audit.record(tx, Action.INSPECTED, actor=actor, target=target, after=asked)
            found, watched = await _look(kind, seconds, database)
        return InspectionOut(
            service=self._of.service,
            process=self._of.process,
            pid=os.getpid(),
            began_at=began,
            ended_early=watched.early,
            found=found,
        )

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        if self._busy:
            raise InspectionUnderWay
        self._busy = True
        try:
            yield
        finally:
            self._busy = False

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[Database]:
        name = f"{self._of.service}-inspection"
        database = await Database.connect(self._of.database_url, application=name, pool_size=1)
        try:
            yield database
        finally:
            await database.close()


async def _look(
    kind: Kind, seconds: int, database: Database
) -> tuple[Stacks | Tasks | Profile | Heap | Queries, Watched]:
    # The tools are imported when somebody wants them: every start would pay for them.
    match kind:
        case Kind.PROFILE:
            from chassis.inspection.profiling import profile

            return await profile(seconds)
        case Kind.HEAP:
            from chassis.inspection.heap import heap

            return await heap(seconds)
        case Kind.STACKS:
            return frames.stacks(), _AT_ONCE
        case Kind.TASKS:
            return frames.tasks(), _AT_ONCE
        case Kind.QUERIES:
            sessions, costliest = await store.sessions(database), await store.costliest(database)
            return Queries(sessions=sessions, costliest=costliest), _AT_ONCE
