"""Notes of each connection what calls for payments come to: its breaker follows, and its credentials are doubted."""

from __future__ import annotations

from typing import Final

from chassis.database import Database
from checkout.connections.breaking import Breakers
from checkout.connections.service import Connections
from checkout.payments.processors.port import ProcessorFailure
from checkout.processors.domain import CallOutcome, CredentialsRefused, outcome_of
from checkout.routing.domain import Way
from checkout.takings.domain import Step

_STEPS: Final = {
    CallOutcome.DECLINED: Step.DECLINED,
    CallOutcome.NOT_ATTEMPTED: Step.NOT_ATTEMPTED,
    CallOutcome.AMBIGUOUS: Step.UNANSWERED,
}


class WayWatch:
    """Each opens its own transaction, and none is made in a call. Of the platform's own account nothing is noted."""

    def __init__(self, *, database: Database, connections: Connections, breakers: Breakers) -> None:
        self._database = database
        self._connections = connections
        self._breakers = breakers

    async def admits(self, way: Way) -> bool:
        """Whether a payment may take the way now."""
        if way.connection_id is None:
            return True
        async with self._database.transaction() as tx:
            return await self._breakers.admits(tx, way.connection_id)

    async def failed(self, way: Way, failure: ProcessorFailure, *, reason: str) -> Step:
        """A call for a payment page has failed. `reason`: a sentence without secrets.

        Returns what is known then: declined, not_attempted, or unanswered: nobody else may be asked yet.
        """
        outcome = outcome_of(failure)
        if outcome is not CallOutcome.DECLINED:
            await self.silent(way, reason=reason)
        else:
            await self.answered(way)
        if isinstance(failure, CredentialsRefused):
            await self._doubt(way)
        return _STEPS[outcome]

    async def answered(self, way: Way) -> None:
        """Its processor has decided, in whichever way."""
        if way.connection_id is not None:
            async with self._database.transaction() as tx:
                await self._breakers.answered(tx, way.connection_id, way.processor)

    async def silent(self, way: Way, *, reason: str) -> None:
        """Its processor has failed, or did not answer. `reason`: a sentence without secrets."""
        if way.connection_id is not None:
            async with self._database.transaction() as tx:
                await self._breakers.failed(tx, way.connection_id, way.processor, reason=reason)

    async def _doubt(self, way: Way) -> None:
        if way.connection_id is not None:
            async with self._database.transaction() as tx:
                await self._connections.doubt(tx, way.connection_id)
