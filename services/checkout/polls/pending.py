"""Settles orders that were left waiting for their payment, by the processor's list: for people, and daily (C-8)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from chassis import audit
from chassis.audit import Actor
from chassis.database import Database
from chassis.telemetry import get_logger
from checkout.orders import store as orders_store
from checkout.payments import store as payments_store
from checkout.payments.domain import Attempt
from checkout.payments.processors.port import Processor, ProcessorFailure, Stretch
from checkout.polls.asking import sessions_among
from checkout.polls.domain import SKEW, PollAction, Tally, tally
from checkout.polls.reading import DEADLINE, SessionReading
from checkout.purchases.errors import PaymentProviderBusy
from checkout.purchases.sessions import PaymentPages

log = get_logger()

# How many payments one call asks about.
MOST: Final = 100
_TARGET: Final = "orders:awaiting-payment"

Place = tuple[datetime, UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Processed:
    """What one call came to.

    tally: what the payments came to
    after: where the next call goes on; None when all were asked about
    """

    tally: Tally
    after: Place | None


class PendingPayments:
    """The use case. It opens its transactions: between them the processor is asked."""

    def __init__(
        self,
        *,
        database: Database,
        processors: Mapping[str, Processor],
        reading: SessionReading,
        pages: PaymentPages,
    ) -> None:
        self._database = database
        self._pages = pages
        self._processors = processors
        self._reading = reading

    async def process(self, *, after: Place | None, actor: Actor) -> Processed:
        """What a person asks for. Raises PaymentProviderBusy; what was settled until then stays so."""
        try:
            processed = await self.settle(after=after)
        except ProcessorFailure as failure:
            raise PaymentProviderBusy(headers={"Retry-After": "5"}) from failure
        async with self._database.transaction() as tx:
            await audit.record(
                tx, PollAction.PROCESSED_PENDING, actor=actor, target=_TARGET, after=processed.tally.as_counts()
            )
        return processed

    async def settle_all(self) -> Tally:
        """All of them, call by call. Raises ProcessorFailure."""
        processed = await self.settle(after=None)
        total = processed.tally
        while processed.after is not None:
            processed = await self.settle(after=processed.after)
            total += processed.tally
        return total

    async def settle(self, *, after: Place | None) -> Processed:
        """The next ones, the oldest first. Raises ProcessorFailure."""
        found = await payments_store.unsettled(self._database, after=after, limit=MOST)
        for name, processor in self._processors.items():
            ours = [each for each in found if each[1].connection_id is None and each[1].processor == name]
            await self._ask(processor, ours)
        for _, attempt in found:
            if attempt.connection_id is not None:
                await self._look(attempt)
        states = await orders_store.states_of(self._database, [attempt.order_id for _, attempt in found])
        counted = tally(states)
        log.info("pending_payments_processed", **counted.as_counts())
        more = len(found) == MOST
        return Processed(tally=counted, after=(found[-1][0], found[-1][1].attempt_id) if more else None)

    async def _look(self, attempt: Attempt) -> None:
        """At a provider's account; one that does not answer keeps no other waiting."""
        try:
            await self._pages.look(attempt, deadline=DEADLINE)
        except ProcessorFailure as failure:
            log.warning("poll_failed", vendor=attempt.processor, reason=str(failure))

    async def _ask(self, processor: Processor, found: Sequence[tuple[datetime, Attempt]]) -> None:
        if not found:
            return
        wanted = {str(attempt.session_id) for _, attempt in found}
        made = Stretch(since=found[0][0] - SKEW, until=found[-1][0] + SKEW)
        async for sessions in sessions_among(processor, made, wanted):
            await self._reading.follow(processor.name, sessions)
