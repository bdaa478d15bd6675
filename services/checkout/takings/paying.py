"""Has appointments paid: opens a page at each way of the decision in turn, and finds out what became of pages (P-3).

Calls to processors, and transactions around them, never both at once. What a process that dies leaves behind is a row
that says which call was under way: the same call again tells what came of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NoReturn

from chassis.clock import Clock
from chassis.crashpoints import crashpoint
from chassis.database import Database, Transaction
from chassis.telemetry import get_logger
from checkout.appointments import store as appointments_store
from checkout.appointments.domain import AppointmentState
from checkout.connections import store as connections_store
from checkout.connections.errors import ConnectionNotReadable
from checkout.payments.processors.port import ProcessorFailure
from checkout.processors.domain import (
    ExternalPayment,
    PageState,
    PageStatus,
    PaymentStatus,
)
from checkout.routing.reaching import WayProcessors
from checkout.routing.schemas import failure
from checkout.takings import store
from checkout.takings.domain import Step, TakingState, WayAttempt
from checkout.takings.errors import TakingFailed, TakingUnsure
from checkout.takings.service import LEASE, Takings
from checkout.takings.watching import WayWatch
from checkout.transactions.domain import KnownBy, Sighting
from checkout.transactions.service import Transactions

log = get_logger()

_BREAKER: Final = "Its processor has failed too often lately."
_UNREADABLE: Final = "The connection has no credentials that can be used."
_NOBODY_WAITS: Final = "Nobody waited for the page any more."
_CANCELLED: Final = "There was no answer; the page that it may have opened is closed."
_CLOSING: Final = timedelta(seconds=8)
# A page that was paid, or closed, in the middle is looked at once more.
_ROUNDS: Final = 3


class AppointmentPaying:
    """The use case behind `POST /api/v1/appointments/{id}/pay`, and behind the appointment's page."""

    def __init__(
        self,
        takings: Takings,
        transactions: Transactions,
        *,
        database: Database,
        ways: WayProcessors,
        watch: WayWatch,
        deadline: timedelta,
        clock: Clock,
    ) -> None:
        """`deadline`: how long a processor may take to open a page."""
        self._takings = takings
        self._transactions = transactions
        self._database = database
        self._ways = ways
        self._watch = watch
        self._deadline = deadline
        self._clock = clock

    async def pay(
        self,
        appointment_id: int,
        *,
        choice: str | None = None,
        asked_by: str,
        scope: int | None = None,
        language: str | None = None,
    ) -> WayAttempt:
        """The try whose page is open for the buyer.

        choice: by which way the buyer wants to pay, where there are several
        language: the buyer's, who is written to in it; None where somebody else asks
        Raises UnknownAppointment, AppointmentNotOpen, TakingUnderWay, PaymentRoutingFailed, TakingFailed, TakingUnsure.
        """
        for _ in range(_ROUNDS):
            async with self._database.transaction() as tx:
                begun = await self._takings.begin(
                    tx, appointment_id, choice=choice, asked_by=asked_by, scope=scope, language=language
                )
            crashpoint("checkout.after_way_attempt")
            if begun.attempt is None:
                assert begun.decision is not None  # noqa: S101 a decision without a way
                raise failure(begun.decision.routed, begun.decision.decision_id)
            if begun.attempt.serves(choice, self._clock.now()):
                return begun.attempt
            if begun.attempt.state is TakingState.OPEN:
                await self._end_page(begun.attempt)
            elif (opened := await self._along(begun.attempt)) is not None:
                return opened
        raise TakingFailed(headers={"Retry-After": "5"})

    async def claim(self, most: int) -> Sequence[WayAttempt]:
        """Those that somebody has to go on with, for this process."""
        now = self._clock.now()
        async with self._database.transaction() as tx:
            return await store.claim_due(tx, limit=most, now=now, until=now + LEASE)

    async def go_on(self, attempt: WayAttempt) -> None:
        """One that was claimed, brought to where its page is. Nobody waits: no other way is taken instead."""
        try:
            if attempt.state is TakingState.OPEN:
                await self._look(attempt, close=attempt.over(self._clock.now()) or not await self._wanted(attempt))
            else:
                await self._make_sure(attempt, onward=False)
        except (ProcessorFailure, ConnectionNotReadable, TakingUnsure) as silent:
            log.info("payment_page_unknown", appointment=attempt.appointment_id, reason=type(silent).__name__)
            async with self._database.transaction() as tx:
                await self._takings.look_again(tx, attempt)

    async def look(self, appointment_id: int) -> None:
        """Asks what became of the page that is open, for a buyer who comes back from it."""
        attempt = await store.live(self._database, appointment_id)
        if attempt is not None and attempt.state is TakingState.OPEN:
            await self.go_on(attempt)

    async def _along(self, attempt: WayAttempt) -> WayAttempt | None:
        """The way that works, from this one on; None when somebody else has gone on with it."""
        following: WayAttempt | None = attempt
        while following is not None:
            attempt = following
            if attempt.state is TakingState.UNSURE:
                following = await self._make_sure(attempt, onward=True)
            elif not await self._watch.admits(attempt.way):
                following = await self._failed(attempt, Step.BREAKER_OPEN, _BREAKER)
            else:
                found = await self._open(attempt)
                if found is not None and found.state is TakingState.OPEN:
                    return found
                following = found
        known = await store.get(self._database, attempt.attempt_id)
        if known is None or known.state is not TakingState.FAILED:
            return None
        raise TakingFailed(headers={"Retry-After": "5"}, extra={"decision_id": str(attempt.decision_id)})

    async def _open(self, attempt: WayAttempt) -> WayAttempt | None:
        """The try with its page; else the one of the next way, where nobody was charged and one is left."""
        try:
            reached = await self._ways.reach(self._database, attempt.way)
        except ConnectionNotReadable:
            return await self._failed(attempt, Step.NOT_ATTEMPTED, _UNREADABLE)
        try:
            page = await reached.processor.create_payment(reached.credentials, attempt.wish, deadline=self._deadline)
        except ProcessorFailure as failed:
            return await self._not_opened(attempt, failed, reached.said(failed))
        crashpoint("checkout.after_way_page")
        await self._watch.answered(attempt.way)
        async with self._database.transaction() as tx:
            wanted = await self._takings.opened(tx, attempt, page)
        return await store.get(self._database, attempt.attempt_id) if wanted else None

    async def _not_opened(self, attempt: WayAttempt, failed: ProcessorFailure, reason: str) -> WayAttempt | None:
        step = await self._watch.failed(attempt.way, failed, reason=reason)
        if step is not Step.UNANSWERED:
            return await self._failed(attempt, step, reason)
        async with self._database.transaction() as tx:
            await self._takings.unanswered(tx, attempt, reason=reason)
        return await self._make_sure(attempt, onward=True)

    async def _make_sure(self, attempt: WayAttempt, *, onward: bool) -> WayAttempt | None:
        """Closes the page that may be there, by the key of its wish; then the next way may be taken.

        Raises TakingUnsure when that is not certain.
        """
        asked_at = self._clock.now()
        try:
            reached = await self._ways.reach(self._database, attempt.way)
            state = await reached.processor.cancel_wish(reached.credentials, attempt.wish, deadline=_CLOSING)
        except ProcessorFailure as failed:
            await self._watch.silent(attempt.way, reason=reached.said(failed))
            _unsure(attempt)
        except ConnectionNotReadable:
            _unsure(attempt)
        await self._watch.answered(attempt.way)
        if state.status is PageStatus.CLOSED:
            return await self._failed(attempt, Step.CANCELLED, _CANCELLED if onward else _NOBODY_WAITS, onward=onward)
        if not await self._settled(attempt, state, asked_at):
            _unsure(attempt)
        return None

    async def _end_page(self, attempt: WayAttempt) -> None:
        """Its buyer wants another page. Raises TakingUnsure when it can't be closed now."""
        try:
            await self._look(attempt, close=True)
        except (ProcessorFailure, ConnectionNotReadable):
            _unsure(attempt)

    async def _look(self, attempt: WayAttempt, *, close: bool) -> None:
        """Follows what its page has come to. Raises ProcessorFailure or ConnectionNotReadable."""
        reached, page_id = await self._ways.reach(self._database, attempt.way), attempt.page_id or ""
        processor, credentials = reached.processor, reached.credentials
        asked_at = self._clock.now()
        state = await processor.read_page(credentials, page_id, deadline=_CLOSING)
        if state.status is PageStatus.APPROVED and not close:
            state = await processor.complete(credentials, page_id, key=attempt.key, deadline=_CLOSING)
        if state.status in {PageStatus.OPEN, PageStatus.APPROVED} and close:
            state = await processor.cancel(credentials, page_id, deadline=_CLOSING)
        if not await self._settled(attempt, state, asked_at):
            async with self._database.transaction() as tx:
                await self._takings.look_again(tx, attempt)

    async def _settled(self, attempt: WayAttempt, state: PageState, asked_at: datetime) -> bool:
        """Follows a page as it was at a moment; False while it may still be paid, or its money is on its way."""
        payment = state.payment
        if payment is not None and payment.status is PaymentStatus.COMPLETED:
            async with self._database.transaction() as tx:
                await self._record(tx, attempt, payment, asked_at)
                await self._takings.taken(tx, attempt, payment)
            return True
        if state.status is PageStatus.CLOSED:
            async with self._database.transaction() as tx:
                await self._takings.closed(tx, attempt)
            return True
        return False

    async def _record(self, tx: Transaction, attempt: WayAttempt, payment: ExternalPayment, asked_at: datetime) -> None:
        """The ledger of what providers take; what the platform takes is not theirs."""
        number = attempt.way.connection_id
        connection = await connections_store.get(tx, number) if number is not None else None
        if connection is not None:
            sighting = Sighting(payment=payment, seen_at=asked_at, appointment_id=attempt.appointment_id)
            await self._transactions.record(tx, connection, sighting, by=KnownBy.PAYMENT)

    async def _failed(self, attempt: WayAttempt, step: Step, reason: str, *, onward: bool = True) -> WayAttempt | None:
        async with self._database.transaction() as tx:
            return await self._takings.failed(tx, attempt, step, reason=reason, onward=onward)

    async def _wanted(self, attempt: WayAttempt) -> bool:
        appointment = await appointments_store.get(self._database, attempt.appointment_id)
        return appointment is not None and appointment.state is AppointmentState.BOOKED


def _unsure(attempt: WayAttempt) -> NoReturn:
    raise TakingUnsure(headers={"Retry-After": "5"}, extra={"decision_id": str(attempt.decision_id)})
