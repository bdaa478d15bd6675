"""Use cases of maintenance. Each takes the transaction."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import datetime

from chassis import audit
from chassis.audit import Actor
from chassis.clock import Clock
from chassis.database import Transaction
from chassis.telemetry import get_logger
from checkout.maintenance import store
from checkout.maintenance.domain import Maintenance, MaintenanceAction
from checkout.maintenance.errors import end_has_passed
from eventbus import Outbox
from events import MaintenanceEnded, MaintenanceStarted

log = get_logger()


class MaintenanceService:
    """Begins and ends the pause, and tells of it."""

    def __init__(self, *, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock

    async def start(self, tx: Transaction, *, reason: str, until: datetime | None, actor: Actor) -> Maintenance:
        """Pauses purchases, or says anew why and until when; the same a second time changes nothing.

        Raises InvalidRequest for an `until` that has passed.
        """
        now = self._clock.now()
        if until is not None and until <= now:
            raise end_has_passed()
        await store.lock(tx)
        before = await store.current(tx)
        after = Maintenance(reason=reason, until=until, since=before.since if before else now, by=actor.name)
        if before is not None and replace(before, by=actor.name) == after:
            return before
        await store.keep(tx, after)
        found = asdict(before) if before else None
        await audit.record(tx, MaintenanceAction.CHANGED, actor=actor, reason=reason, before=found, after=asdict(after))
        await self._outbox.publish(tx, MaintenanceStarted(**asdict(after), occurred_at=now))
        log.info("maintenance_started", actor=actor.name, until=until.isoformat() if until else None)
        return after

    async def end(self, tx: Transaction, *, actor: Actor) -> None:
        """Lets purchases go on; a second time changes nothing."""
        await store.lock(tx)
        before = await store.current(tx)
        if before is None:
            return
        await store.remove(tx)
        await audit.record(tx, MaintenanceAction.CHANGED, actor=actor, before=asdict(before))
        ended = replace(before, by=actor.name)
        await self._outbox.publish(tx, MaintenanceEnded(**asdict(ended), occurred_at=self._clock.now()))
        log.info("maintenance_ended", actor=actor.name)
