"""From a way that did not open a page to the next one, where nobody can be charged on it any more (P-3)."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from checkout.payments.domain import Attempt
from checkout.payments.processors.port import ProcessorFailed, ProcessorFailure, ProcessorUncertain
from checkout.payments.service import PaymentService
from checkout.purchases.page_processors import PageProcessors
from checkout.purchases.ways import OrderWays, way_of
from checkout.takings.domain import Step
from checkout.takings.watching import WayWatch

_CANCELLED: Final = "There was no answer; the page that it may have opened is closed."
_CLOSING: Final = timedelta(seconds=6)
# More than the calls for one way may take.
_LEASE: Final = timedelta(seconds=20)


class BreakerOpen(ProcessorFailed):
    """Its processor was not asked."""

    def __init__(self) -> None:
        super().__init__("Its processor has failed too often lately.")


class Onward:
    """The use case. It opens its transactions: between them processors are asked."""

    def __init__(
        self,
        *,
        database: Database,
        payments: PaymentService,
        ways: OrderWays,
        watch: WayWatch,
        processors: PageProcessors,
        clock: Clock,
    ) -> None:
        self._database = database
        self._payments = payments
        self._ways = ways
        self._watch = watch
        self._processors = processors
        self._clock = clock

    async def admits(self, attempt: Attempt) -> bool:
        """Whether its processor may be asked now."""
        return await self._watch.admits(way_of(attempt))

    async def answered(self, attempt: Attempt) -> None:
        """Its processor has opened the page."""
        await self._watch.answered(way_of(attempt))

    async def after(self, attempt: Attempt, failure: ProcessorFailure, *, fresh: bool) -> Attempt | None:
        """The try at the next way, once this one's can't be paid; None where it was the last, or somebody has gone on.

        fresh: whether the call that failed is the only one that was made for the try
        Raises ProcessorUncertain while that is not certain: then somebody asks again.
        """
        if isinstance(failure, BreakerOpen):
            return await self._move(attempt, Step.BREAKER_OPEN, str(failure))
        step, reason = await self._watch.failed(way_of(attempt), failure, reason=str(failure)), str(failure)
        if step is Step.UNANSWERED or not fresh:
            await self._close_unknown(attempt, reason)
            step, reason = Step.CANCELLED, _CANCELLED
        return await self._move(attempt, step, reason)

    async def _close_unknown(self, attempt: Attempt, reason: str) -> None:
        async with self._database.transaction() as tx:
            if await self._payments.is_wanted(tx, attempt):
                await self._payments.look_again(tx, attempt, after=_LEASE)
                await self._ways.note(tx, attempt, Step.UNANSWERED, reason)
        try:
            page = await self._processors.end_unknown(attempt, deadline=_CLOSING)
        except ProcessorFailure as failure:
            await self._watch.silent(way_of(attempt), reason=str(failure))
            raise ProcessorUncertain(str(failure)) from failure
        await self._watch.answered(way_of(attempt))
        if page.status != "expired":
            raise ProcessorUncertain("the page that it may have opened is not closed")

    async def _move(self, attempt: Attempt, step: Step, reason: str) -> Attempt | None:
        async with self._database.transaction() as tx:
            if not await self._payments.is_wanted(tx, attempt):
                return None
            await self._ways.note(tx, attempt, step, reason)
            following = await self._ways.following(tx, attempt)
            if following is not None:
                await self._payments.replace(tx, attempt, following, reason=reason, due_at=self._clock.now() + _LEASE)
                await self._ways.note(tx, following, Step.ASKED)
            return following
