"""Opening and closing payment pages: calls to the processor, and transactions around them, never both at once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from chassis.clock import Clock
from chassis.crashpoints import crashpoint
from chassis.database import Database, Transaction
from chassis.telemetry import get_logger
from checkout.orders import store as orders_store
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.states import OVER
from checkout.orders.tokens import OrderTokens
from checkout.payments import store as payments_store
from checkout.payments.domain import Attempt, AttemptState, Session, look_after
from checkout.payments.errors import AmountMismatch
from checkout.payments.processors.port import (
    ProcessorFailure,
    ProcessorRefused,
    Turn,
)
from checkout.payments.service import PaymentService
from checkout.purchases import request_store
from checkout.purchases.connection_pages import ConnectionSession
from checkout.purchases.domain import PaymentPage
from checkout.purchases.errors import PaymentProviderBusy
from checkout.purchases.onward import BreakerOpen, Onward
from checkout.purchases.page_processors import PageProcessors
from checkout.purchases.paid_outside import OutsideLedger
from checkout.purchases.ways import OrderWays
from checkout.seats.inventory import Seats
from checkout.takings.domain import Step
from events import CancelCause

log = get_logger()

LET_GO_DEADLINE: Final = timedelta(seconds=8)


def page_failure(failure: ProcessorFailure) -> CancelCause:
    """Why an order without a payment page is cancelled: because of the processor, or of what we asked it for."""
    ours = isinstance(failure, ProcessorRefused) and failure.our_fault
    return CancelCause.PAYMENT_PAGE_REFUSED if ours else CancelCause.PAYMENT_PAGE_FAILED


class PaymentPages:
    """What requests and the sweeper do alike with an attempt."""

    def __init__(
        self,
        *,
        database: Database,
        processors: PageProcessors,
        payments: PaymentService,
        ways: OrderWays,
        onward: Onward,
        outside: OutsideLedger,
        seats: Seats,
        tokens: OrderTokens,
        clock: Clock,
    ) -> None:
        self._database = database
        self._processors = processors
        self._payments = payments
        self._ways = ways
        self._onward = onward
        self._outside = outside
        self._seats = seats
        self._tokens = tokens
        self._clock = clock

    async def open(
        self, attempt: Attempt, order: Order, *, deadline: timedelta, turn: Turn | None = None
    ) -> PaymentPage | None:
        """The attempt's own call, byte for byte, and its session written down. Raises ProcessorFailure.

        Where the order has several ways to be paid, the next one is taken when it is certain that nobody was charged at
        this one; when none is left its order is over. None when the order was over before its page was ready.

        turn: the place in line of whoever asks first; None for whoever goes on with an attempt
        """
        fresh = turn is not None
        while True:
            try:
                session = await self._created(attempt, deadline=deadline, turn=turn, fresh=fresh)
            except ProcessorFailure as failure:
                following = await self._next(attempt, failure, fresh=fresh)
                if following is None:
                    raise
                attempt, turn, fresh = following, None, True
            else:
                return await self._opened(attempt, order, session)

    async def _created(self, attempt: Attempt, *, deadline: timedelta, turn: Turn | None, fresh: bool) -> Session:
        if fresh and attempt.place is not None and not await self._onward.admits(attempt):
            raise BreakerOpen
        return await self._processors.of(attempt).create_session(
            attempt.parameters, idempotency_key=attempt.idempotency_key, deadline=deadline, turn=turn
        )

    async def _next(self, attempt: Attempt, failure: ProcessorFailure, *, fresh: bool) -> Attempt | None:
        if attempt.place is None:
            return None
        following = await self._onward.after(attempt, failure, fresh=fresh)
        if following is None:
            await self.give_up(attempt, cause=page_failure(failure))
        return following

    async def _opened(self, attempt: Attempt, order: Order, session: Session) -> PaymentPage | None:
        crashpoint("checkout.after_session")
        await self._onward.answered(attempt)
        page = replace(self.own_page(order), session_id=session.session_id, url=session.url)
        due_at = order.promised_until
        if attempt.connection_id is not None:
            due_at = min(due_at, self._clock.now() + look_after(0))
        async with self._database.transaction() as tx:
            wanted = await self._payments.session_opened(tx, attempt, session, due_at=due_at)
            if wanted:
                await request_store.done(tx, page)
                await self._ways.note(tx, attempt, Step.OPENED)
        log.info("checkout_session_created", order_id=str(order.order_id), session_id=session.session_id)
        return page if wanted else None

    async def give_up(self, attempt: Attempt, *, cause: CancelCause) -> None:
        """No page will be opened: cancel, then let the seats go. The event tells inventory the same.

        Nothing happens to an order whose page was opened meanwhile.
        """
        async with self._database.transaction() as tx:
            cancelled = await self._payments.given_up(tx, attempt, cause=cause)
            if cancelled is not None:
                await request_store.failed(tx, attempt.order_id)
        if cancelled is not None:
            log.info("order_cancelled", order_id=str(attempt.order_id), reason=cause.value)
            await self._seats.release(attempt.order_id)

    async def leave_to_sweeper(self, attempt: Attempt) -> None:
        """The processor has not said whether it happened: ask again from the row, at once."""
        async with self._database.transaction() as tx:
            await self._payments.ask_now(tx, attempt)

    async def close(self, attempt: Attempt, *, why: Why, deadline: timedelta) -> None:
        """Ends an open page: at the processor first, and here only what it confirms. Raises ProcessorFailure."""
        await self.follow(attempt, await self._processors.end(attempt, deadline=deadline), why=why)

    async def look(self, attempt: Attempt, *, deadline: timedelta) -> None:
        """Follows what a page at a provider's account has come to: nobody else may tell. Raises ProcessorFailure."""
        session = await self._processors.of(attempt).read_session(attempt.session_id or "", deadline=deadline)
        if session.status != "open":
            await self.follow(attempt, session, why=Why.FOUND_AT_PROCESSOR)

    async def look_at_order(self, order_id: UUID, *, deadline: timedelta) -> None:
        """The same for a buyer who comes back from a page; when its processor is silent, others look later."""
        for attempt in await payments_store.of_order(self._database, order_id):
            if attempt.state is AttemptState.OPEN and attempt.connection_id is not None:
                with suppress(ProcessorFailure):
                    await self.look(attempt, deadline=deadline)

    async def follow(self, attempt: Attempt, session: Session, *, why: Why) -> None:
        """Brings the attempt's order to where its session is at the processor; one that is open changes nothing."""
        try:
            async with self._database.transaction() as tx:
                await self._follow(tx, attempt, session, Cause(who="system", why=why))
        except AmountMismatch as mismatch:
            async with self._database.transaction() as tx:
                await self._payments.mismatched(tx, attempt, mismatch)
        if session.status == "expired":
            log.info("session_expired", order_id=str(attempt.order_id), session_id=session.session_id)
            await self._seats.release(attempt.order_id)

    async def _follow(self, tx: Transaction, attempt: Attempt, session: Session, cause: Cause) -> None:
        if session.status == "expired":
            if attempt.state is AttemptState.OPEN:
                await self._ways.note(tx, attempt, Step.CLOSED)
            await self._payments.session_expired(tx, session, cause, attempt=attempt)
        elif isinstance(session, ConnectionSession) and session.paid:
            await self._outside.record(tx, attempt, session)
        elif session.pending and session.payment_failed:
            await self._payments.async_payment_failed(tx, session, cause, attempt=attempt)
        elif session.status == "complete":
            happened_at = session.paid_at or self._clock.now()
            await self._payments.session_completed(tx, session, cause, attempt=attempt, happened_at=happened_at)

    async def let_go(self, order_id: UUID) -> None:
        """The buyer gives the seats back. An order that turns out to be paid stays paid. Raises PaymentProviderBusy."""
        for attempt in await payments_store.of_order(self._database, order_id):
            if attempt.state is AttemptState.CREATING:
                await self._leave_line(attempt)
        for attempt in await payments_store.of_order(self._database, order_id):
            if attempt.state is AttemptState.OPEN:
                try:
                    await self.close(attempt, why=Why.GIVEN_BACK, deadline=LET_GO_DEADLINE)
                except ProcessorFailure as failure:
                    raise PaymentProviderBusy(headers={"Retry-After": "5"}) from failure

    async def cancel(self, order_id: UUID, *, cause: CancelCause, deadline: timedelta) -> None:
        """Ends every page of an order that is not paid, at the processor first. Raises ProcessorFailure."""
        for attempt in await payments_store.of_order(self._database, order_id):
            if attempt.state is AttemptState.CREATING:
                await self.give_up(attempt, cause=cause)
        for attempt in await payments_store.of_order(self._database, order_id):
            if attempt.state is AttemptState.OPEN:
                await self.close(attempt, why=Why.CANCELLED_BY_STAFF, deadline=deadline)

    async def _leave_line(self, attempt: Attempt) -> None:
        """Before its page is opened an order is over at once; a page that is made all the same is nobody's."""
        async with self._database.transaction() as tx:
            over = await self._payments.given_back(tx, attempt)
            if over is not None:
                await request_store.failed(tx, attempt.order_id)
        if over is not None:
            log.info("order_expired", order_id=str(attempt.order_id))
            await self._seats.release(attempt.order_id)

    async def answer_late(self, order_id: UUID) -> None:
        """A request that a backup has as it was, or not at all, gets the page that its order has come to meanwhile.

        It gets none yet while that is being opened, or may be found in the lists of the processor (`polls/lost.py`):
        that is, as long as the order's seats are kept. Of an order that is over without a page the key is free again.
        """
        order = await orders_store.get(self._database, order_id)
        attempts = await payments_store.of_order(self._database, order_id)
        if order is None or (not attempts and order.hold_alive(self._clock.now())):
            return
        if any(attempt.state is AttemptState.CREATING for attempt in attempts):
            return
        opened = next((each for each in reversed(attempts) if each.session_id is not None), None)
        page = self.own_page(order)
        if opened is not None:
            page = replace(page, session_id=opened.session_id, url=opened.session_url or page.url)
        async with self._database.transaction() as tx:
            if opened is None and order.state in OVER:
                await request_store.failed(tx, order_id)
            else:
                await request_store.done(tx, page)

    def own_page(self, order: Order) -> PaymentPage:
        """The order's own page, where there is no payment page for it."""
        return PaymentPage(
            order_id=order.order_id,
            session_id=None,
            url=self._tokens.page(order, "/success"),
            amount=order.amount,
            currency=order.currency,
            hold_expires_at=order.promised_until,
            order_token=self._tokens.token(order),
        )

    async def url(self, order_id: UUID) -> str | None:
        """Where the order can be paid, while a payment page is open for it."""
        attempts = await payments_store.of_order(self._database, order_id)
        return next((attempt.session_url for attempt in attempts if attempt.state is AttemptState.OPEN), None)
