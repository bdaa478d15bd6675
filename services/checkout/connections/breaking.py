"""Breakers follow what calls to processors come to (P-3). Each takes the transaction."""

from __future__ import annotations

from chassis.clock import Clock
from chassis.database import Transaction
from chassis.metrics import Metric, metrics
from chassis.telemetry import get_logger
from checkout.connections import breaker_store
from checkout.connections.breaker import BreakerState

log = get_logger()


class Breakers:
    """Those of all connections, shared by all processes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def admits(self, tx: Transaction, connection_id: int) -> bool:
        """Whether a payment may go there now; while it is half open, one may, and others once that one is overdue."""
        found = await breaker_store.find_locked(tx, connection_id)
        if found is None or found.state is BreakerState.CLOSED:
            return True
        now = self._clock.now()
        if not found.admits(now):
            return False
        await breaker_store.save(tx, connection_id, found.tried(now))
        return True

    async def failed(self, tx: Transaction, connection_id: int, processor: str, *, reason: str) -> None:
        """Its processor has failed, or did not answer. `reason`: a sentence without secrets."""
        before = await breaker_store.get_locked(tx, connection_id)
        after = before.failed(self._clock.now())
        await breaker_store.save(tx, connection_id, after)
        if after.openings > before.openings:
            metrics.count(Metric.CONNECTION_BREAKER_OPENINGS, processor=processor)
            log.warning(
                "connection_breaker_opened",
                connection_id=connection_id,
                processor=processor,
                count=after.failures,
                until=str(after.retry_at),
                reason=reason,
            )

    async def answered(self, tx: Transaction, connection_id: int, processor: str) -> None:
        """Its processor has decided, in whichever way."""
        before = await breaker_store.close(tx, connection_id)
        if before not in {None, BreakerState.CLOSED}:
            log.info("connection_breaker_closed", connection_id=connection_id, processor=processor)
