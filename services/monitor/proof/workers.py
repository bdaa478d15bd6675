"""Looks at everything again and again; of several processes one at a time does it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from chassis.background import Periodic
from chassis.clock import Clock
from chassis.counted import count_error
from chassis.database import Database
from chassis.telemetry import get_logger
from eventbus.operation.digest_client import DigestClient
from invariants.rules import PoolsEqualTheirLedger
from monitor.proof import store
from monitor.proof.domain import NEEDS, Look, Pace
from monitor.proof.gathering import Gatherer

log = get_logger()

GLANCE: Final = timedelta(seconds=5)


class Prover:
    """Looks when it is time. `digests`: of the services whose address is known; who is away is asked next time."""

    def __init__(self, digests: Mapping[str, DigestClient], *, database: Database, pace: Pace, clock: Clock) -> None:
        self._digests = digests
        self._database = database
        self._pace = pace
        self._clock = clock

    def periodic(self) -> Periodic:
        return Periodic("invariants", min(GLANCE, self._pace.every), self.look)

    async def look(self) -> None:
        """Looks once, if it is time and nobody else does."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            turn = await store.take_turn(tx, now=now, pace=self._pace)
        if turn is None:
            return
        gatherer = Gatherer(self._digests, database=self._database, pace=self._pace, turn=turn, now=now)
        look = await gatherer.look()
        async with self._database.transaction() as tx:
            await store.keep(tx, look)
        self._tell(look)

    @staticmethod
    def _tell(look: Look) -> None:
        for pool in look.broken(PoolsEqualTheirLedger.name) or ():
            count_error("inventory_sync_failed", city=pool.subject)
        for rule in NEEDS:
            if broken := look.broken(rule):
                first = broken[0]
                log.error(
                    "invariant_broken",
                    invariant=rule,
                    count=len(broken),
                    subject=first.subject,
                    reason=first.sentence,
                )
