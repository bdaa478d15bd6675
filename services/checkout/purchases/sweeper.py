"""Time and crashes: what is due about purchases is a row, taken by whoever works first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from chassis.clock import Clock
from chassis.database import Database
from chassis.due_rows import DueRows
from chassis.telemetry import continue_trace, get_logger, span
from checkout.orders import store as orders_store
from checkout.orders.domain import Why
from checkout.orders.states import HOLDING
from checkout.payments.domain import Attempt, AttemptState, look_after
from checkout.payments.processors.port import ProcessorBusy, ProcessorFailure, ProcessorUncertain
from checkout.payments.service import PaymentService
from checkout.purchases import request_store
from checkout.purchases.request_store import Orphan
from checkout.purchases.sessions import PaymentPages, page_failure
from checkout.seats.inventory import Seats
from events import CancelCause

log = get_logger()

AT_ONCE: Final = 20
# A session must still live 30 minutes when Stripe makes it; a little for the way there.
SHORTEST_SESSION: Final = timedelta(minutes=30, seconds=20)


class Sweeper:
    """Opens the pages that a crash left unopened, ends the ones whose promised time is over, and orphaned requests.

    A row is claimed for one lease, and no transaction is open while the processor or inventory is called: a sweeper
    that dies leaves the row to the next one.
    """

    def __init__(
        self,
        *,
        database: Database,
        payments: PaymentService,
        pages: PaymentPages,
        seats: Seats,
        lease: timedelta,
        deadline: timedelta,
        poll: timedelta,
        clock: Clock,
    ) -> None:
        self._database = database
        self._payments = payments
        self._pages = pages
        self._seats = seats
        self._lease = lease
        self._deadline = deadline
        self._clock = clock
        self.attempts = DueRows(
            "payment attempts", claim=self._due_attempts, work=self.settle, at_once=AT_ONCE, poll=poll
        )
        # Side by side: while inventory hangs, each of them takes as long as we wait for it.
        self.orphans = DueRows("orphaned requests", claim=self._orphaned, work=self._end, at_once=AT_ONCE, poll=poll)

    async def _due_attempts(self, room: int) -> Sequence[Attempt]:
        return await self._payments.take_due(self._database, limit=room, lease=self._lease + self._deadline)

    async def _orphaned(self, room: int) -> Sequence[Orphan]:
        return await request_store.orphans(self._database, limit=room, lease=self._lease)

    async def _end(self, orphan: Orphan) -> None:
        if not orphan.owes_seats:
            await self._pages.answer_late(orphan.order_id)
        elif await self._seats.release(orphan.order_id):
            async with self._database.transaction() as tx:
                await request_store.released(tx, orphan.order_id)

    async def settle(self, attempt: Attempt) -> None:
        """One that was claimed, brought to where its page is; what its processor has not done is tried later."""
        with continue_trace(attempt.traceparent), span("sweep attempt", state=attempt.state.value):
            try:
                await self._step(attempt)
            except ProcessorFailure as failure:
                async with self._database.transaction() as tx:
                    await self._payments.ask_later(tx, attempt, error=str(failure))

    async def _step(self, attempt: Attempt) -> None:
        if attempt.state is AttemptState.OPEN and attempt.connection_id is not None and await self._promised(attempt):
            await self._look(attempt)
        elif attempt.state is AttemptState.OPEN:
            await self._pages.close(attempt, why=Why.PROMISE_OVER, deadline=self._deadline)
        elif attempt.expires_at - self._clock.now() < SHORTEST_SESSION:
            await self._pages.give_up(attempt, cause=CancelCause.PAYMENT_PAGE_NEVER_OPENED)
        else:
            await self._open(attempt)

    async def _promised(self, attempt: Attempt) -> bool:
        """Whether its buyer may still pay."""
        order = await orders_store.get(self._database, attempt.order_id)
        wanted = attempt.cancel_cause is None and order is not None and order.state in HOLDING
        return wanted and order is not None and order.promised_until > self._clock.now()

    async def _look(self, attempt: Attempt) -> None:
        """Nobody may tell of a page at a provider's account; when the promised time is over it is closed."""
        await self._pages.look(attempt, deadline=self._deadline)
        async with self._database.transaction() as tx:
            await self._payments.look_again(tx, attempt, after=look_after(attempt.tries))

    async def _open(self, attempt: Attempt) -> None:
        """The same call with the same key: what the request that died had begun, or the first time."""
        order = await orders_store.get(self._database, attempt.order_id)
        if order is None:
            return
        try:
            await self._pages.open(attempt, order, deadline=self._deadline)
        except (ProcessorUncertain, ProcessorBusy):
            raise
        except ProcessorFailure as failure:
            await self._pages.give_up(attempt, cause=page_failure(failure))
