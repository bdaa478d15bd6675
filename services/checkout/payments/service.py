"""Payments, until the money is here; `afterwards.py` goes on from there.

Each use case takes the transaction and converges: repeated, reordered or concurrent, it brings the order to where the
money is, once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from chassis.clock import Clock
from chassis.counted import count_error
from chassis.database import Reader, Transaction
from chassis.emails import email_key
from chassis.telemetry import get_logger
from checkout.blocks.service import Blocks
from checkout.catalogue import service as catalogue
from checkout.orders import store as orders_store
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.service import OrderService
from checkout.orders.states import HOLDING, OVER
from checkout.payments import charge_store, store
from checkout.payments.domain import (
    Attempt,
    AttemptState,
    Decline,
    Session,
    adopted_order_id,
    amount_text,
    pause_after,
)
from checkout.payments.errors import AmountMismatch, OrderUnknown
from checkout.webhooks import service as webhooks
from config import Fees
from eventbus import Outbox
from events import CancelCause, PaymentAttemptFailed, PaymentFailure

log = get_logger()


class PaymentService:
    """Sessions and charges of our own processor account."""

    def __init__(
        self, *, orders: OrderService, blocks: Blocks, fees: Callable[[], Fees], outbox: Outbox, clock: Clock
    ) -> None:
        """`fees`: what processors keep, as fees.yaml says now."""
        self._orders = orders
        self._blocks = blocks
        self._fees = fees
        self._outbox = outbox
        self._clock = clock

    async def begin(self, tx: Transaction, attempt: Attempt, *, due_at: datetime) -> None:
        """Stores a try before the processor is called. From `due_at` on a sweeper calls for a process that died."""
        await store.insert(tx, attempt, due_at=due_at, created_at=self._clock.now())

    async def take_due(self, reader: Reader, *, limit: int, lease: timedelta) -> list[Attempt]:
        """Attempts about which something is to be done, each for one lease: nobody else takes them meanwhile."""
        return await store.claim_due(reader, limit=limit, lease=lease)

    async def ask_now(self, tx: Transaction, attempt: Attempt) -> None:
        """The processor has not said whether it happened: the next look asks again, from the row."""
        await store.due_now(tx, attempt.attempt_id)

    async def ask_later(self, tx: Transaction, attempt: Attempt, *, error: str) -> None:
        """The processor did not do it: the next look is a while from now, longer each time."""
        await store.due_again(tx, attempt.attempt_id, after=pause_after(attempt.tries), error=error)

    async def session_opened(self, tx: Transaction, attempt: Attempt, session: Session, *, due_at: datetime) -> bool:
        """The payment page exists: written down before anybody gets its address. False when nobody wants it now.

        `due_at`: when a sweeper looks at it.
        """
        order = await orders_store.get_locked(tx, attempt.order_id)
        if order is None or order.state in OVER:
            return False
        if await store.opened(tx, attempt.attempt_id, session, due_at=due_at):
            await self._orders.await_payment(tx, order, Cause(who="system", why=Why.PAGE_OPENED))
            return True
        return await store.state_of(tx, attempt.attempt_id) is not AttemptState.ABANDONED

    async def session_found(self, tx: Transaction, session: Session) -> None:
        """A payment page that a buyer has, of an order of which no try is known here: the backup was older."""
        order = await orders_store.get_locked(tx, session.order_id) if session.order_id else None
        if order is None or order.state not in HOLDING or not (session.status == "open" or session.pending):
            return
        if await store.of_session(tx, session) is not None:
            return
        attempt = Attempt.found(session, order.order_id)
        await self.begin(tx, attempt, due_at=order.promised_until)
        await self.session_opened(tx, attempt, session, due_at=order.promised_until)
        if session.pending:
            await self._settle(tx, attempt, AttemptState.COMPLETE)

    async def look_again(self, tx: Transaction, attempt: Attempt, *, after: timedelta) -> None:
        """Nothing is wrong with it, or somebody is at it: a sweeper looks then."""
        await store.look_again(tx, attempt.attempt_id, after=after)

    async def is_wanted(self, tx: Transaction, attempt: Attempt) -> bool:
        """Whether a page is still to be opened by it; its order is locked then."""
        order = await orders_store.get_locked(tx, attempt.order_id)
        found = await store.state_of(tx, attempt.attempt_id)
        return order is not None and order.state in HOLDING and found is AttemptState.CREATING

    async def replace(
        self, tx: Transaction, attempt: Attempt, following: Attempt, *, reason: str, due_at: datetime
    ) -> None:
        """Nobody can be charged by the one, which is wanted: the other one asks for the same money somewhere else."""
        await store.abandon(tx, attempt.attempt_id, reason=reason)
        await self.begin(tx, following, due_at=due_at)

    async def never_opened(self, tx: Transaction, order_id: UUID) -> None:
        """An order of which no try is known anywhere: nobody can pay for it, and its seats go back."""
        order = await orders_store.get_locked(tx, order_id)
        if order is None or await self._orders.cancel(tx, order, CancelCause.PAYMENT_PAGE_NEVER_OPENED) is None:
            return
        await catalogue.give_back(tx, order_id)

    async def given_up(self, tx: Transaction, attempt: Attempt, *, cause: CancelCause) -> Order | None:
        """No payment page came of it, and nobody has its address: the order is cancelled, the seats go back.

        Request and sweeper may both be at the same attempt. When the other one has opened the page nothing happens.
        """
        order = await self._abandoned(tx, attempt, reason=cause.value)
        return await self._orders.cancel(tx, order, cause) if order else None

    async def given_back(self, tx: Transaction, attempt: Attempt) -> Order | None:
        """The buyer wants no payment page any more, and has none yet: the order is over, as if it had been closed.

        None when the page was opened meanwhile.
        """
        order = await self._abandoned(tx, attempt, reason=Why.GIVEN_BACK.value)
        return await self._orders.expire(tx, order, Cause(who="system", why=Why.GIVEN_BACK)) if order else None

    async def _abandoned(self, tx: Transaction, attempt: Attempt, *, reason: str) -> Order | None:
        """The locked order whose attempt comes to nothing, its code free again; None when there is nothing to end."""
        order = await orders_store.get_locked(tx, attempt.order_id)
        abandoned = await store.abandon(tx, attempt.attempt_id, reason=reason)
        if not abandoned or order is None or order.state not in HOLDING:
            return None
        await catalogue.give_back(tx, attempt.order_id)
        return order

    async def session_completed(
        self, tx: Transaction, session: Session, cause: Cause, *, attempt: Attempt | None, happened_at: datetime
    ) -> UUID:
        """`paid` fulfils; complete without the money is pending (C-4). Raises OrderUnknown, AmountMismatch.

        `happened_at`: when that was, as exactly as the processor has told.
        """
        order = await self._order_of(tx, session, attempt)
        self._compare(session, order)
        if session.paid:
            await self._paid(tx, order, session, cause, attempt=attempt, happened_at=happened_at)
        elif session.pending and await self._orders.pending(tx, order, cause, method=None) is not None:
            await self._settle(tx, attempt, AttemptState.COMPLETE)
        return order.order_id

    async def session_expired(
        self, tx: Transaction, session: Session, cause: Cause, *, attempt: Attempt | None
    ) -> UUID:
        """Stripe has confirmed that it can no longer be paid. Raises OrderUnknown.

        An order that somebody wants cancelled is so by that.
        """
        order = await self._order_of(tx, session, attempt)
        ended = await self._end(tx, order, cause, attempt=attempt)
        await self._settle(tx, attempt, AttemptState.EXPIRED)
        if ended is not None:
            await catalogue.give_back(tx, order.order_id)
        return order.order_id

    async def _end(self, tx: Transaction, order: Order, cause: Cause, *, attempt: Attempt | None) -> Order | None:
        if attempt is None or attempt.cancel_cause is None:
            return await self._orders.expire(tx, order, cause)
        return await self._orders.cancel(tx, order, CancelCause(attempt.cancel_cause))

    async def cancel_asked(self, tx: Transaction, order_id: UUID, *, cause: CancelCause, within: timedelta) -> None:
        """Written down before the processor is asked to end the page: a sweeper goes on for whoever dies on the way."""
        await store.cancel_asked(tx, order_id, cause=cause.value, after=within)

    async def async_payment_failed(
        self, tx: Transaction, session: Session, cause: Cause, *, attempt: Attempt | None
    ) -> UUID:
        """A delayed method's money will not come. Raises OrderUnknown."""
        order = await self._order_of(tx, session, attempt)
        failed = await self._orders.payment_failed(tx, order, cause, failure=PaymentFailure.DEBIT_DECLINED)
        await self._settle(tx, attempt, AttemptState.FAILED)
        if failed is not None:
            await catalogue.give_back(tx, order.order_id)
        return order.order_id

    async def mismatched(self, tx: Transaction, attempt: Attempt, mismatch: AmountMismatch) -> None:
        """What was paid is not what the order asks for: nothing more is done about the attempt until a person looks."""
        await store.settle(tx, attempt.attempt_id, AttemptState.COMPLETE, error=str(mismatch))

    async def try_declined(self, tx: Transaction, decline: Decline) -> UUID:
        """One declined try: the page is still open, the hold stays (C-4). Raises OrderUnknown."""
        order = await orders_store.get_locked(tx, decline.order_id) if decline.order_id else None
        if order is None:
            raise OrderUnknown(f"No order of ours has the id {decline.order_id}")
        now = self._clock.now()
        number = await charge_store.add_decline(tx, decline, order.order_id, at=now)
        if number is not None:
            await self._tell_decline(tx, order, decline, number, now)
            await self._blocks.declined(tx, order.order_id, decline.charge_id, decline.card)
        return order.order_id

    async def _tell_decline(self, tx: Transaction, order: Order, decline: Decline, number: int, now: datetime) -> None:
        count_error("payment_declined", order_id=str(order.order_id), reason=decline.code)
        declined = PaymentAttemptFailed(
            order_id=order.order_id,
            processor=decline.processor,
            attempt=number,
            amount=decline.amount,
            currency=decline.currency,
            cause=decline.code,
            buyers_fault=decline.buyers_fault,
            occurred_at=now,
        )
        await self._outbox.publish(tx, declined)

    async def _paid(
        self,
        tx: Transaction,
        order: Order,
        session: Session,
        cause: Cause,
        *,
        attempt: Attempt | None,
        happened_at: datetime,
    ) -> None:
        late = order.state in OVER
        paid = await self._orders.paid(
            tx,
            replace(order, processor=session.processor),
            cause,
            processor_time=happened_at,
            method=None,
            country=session.country,
            region=session.region,
        )
        await self._charged(tx, session, order)
        await self._settle(tx, attempt, AttemptState.PAID)
        if paid is None:
            return
        log.info("payment_successful", order_id=str(order.order_id), amount=order.amount, currency=order.currency)
        if late and order.discount_code is not None:
            key = email_key(order.customer.email)
            await catalogue.take_again(tx, order.order_id, order.discount_code, email_key=key)

    async def _charged(self, tx: Transaction, session: Session, order: Order) -> None:
        """The payment is known from now on: what came about it before is handled again.

        A total of nothing has no payment, and nothing to give back.
        """
        if session.payment_intent is not None:
            now = self._clock.now()
            kept = self._fees().of(session.processor, session.currency, now)
            fee = kept.of(session.amount) if kept else 0
            await charge_store.add_charge(tx, session, order.order_id, fee=fee, paid_at=now)
            await webhooks.handle_again(tx, session.processor, session.payment_intent)

    async def _order_of(self, tx: Transaction, session: Session, attempt: Attempt | None) -> Order:
        """The session's order, locked."""
        order_id = attempt.order_id if attempt else session.order_id or adopted_order_id(session.session_id)
        order = await orders_store.get_locked(tx, order_id)
        if order is None:
            raise OrderUnknown(f"No order of ours has the session {session.session_id}")
        return order

    async def _settle(self, tx: Transaction, attempt: Attempt | None, state: AttemptState) -> None:
        """The attempt follows; one that was adopted has none."""
        if attempt is not None:
            await store.settle(tx, attempt.attempt_id, state)

    def _compare(self, session: Session, order: Order) -> None:
        """Amount, currency and mode are the order's, or nothing is fulfilled (C-4)."""
        wanted = (order.amount, order.currency, order.live_mode)
        found = (session.amount, session.currency, session.live_mode)
        if wanted != found:
            log.error(
                "amount_mismatch",
                order_id=str(order.order_id),
                expected=f"{order.amount} {order.currency}",
                actual=f"{session.amount} {session.currency}",
                live_mode=session.live_mode,
            )
            raise AmountMismatch(
                f"{amount_text(session.amount, session.currency)} paid, {amount_text(order.amount, order.currency)} due"
                + ("" if session.live_mode == order.live_mode else ", of another mode"),
                order_id=order.order_id,
            )
