"""Opening and closing payment pages: the calls to Stripe, and the transactions around them, never at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from chassis.clock import Clock
from chassis.crashpoints import crashpoint
from chassis.database import Database
from chassis.telemetry import get_logger
from checkout.orders import service as orders
from checkout.orders.domain import Cause, Order, Why
from checkout.orders.tokens import OrderTokens
from checkout.payments import store as payments_store
from checkout.payments.domain import Attempt, AttemptState, Session
from checkout.payments.processors.stripe import StripeFailure, StripeGateway, StripeRefused, StripeUncertain
from checkout.payments.service import PaymentMismatch, PaymentService
from checkout.purchases import request_store
from checkout.purchases.errors import PaymentProviderBusy
from checkout.seats.inventory import Seats
from events import CancelCause

log = get_logger()

LET_GO_DEADLINE: Final = timedelta(seconds=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedPage:
    """C-1's answer, or None when the order was over before its page was ready."""

    answer: dict[str, Any] | None


class PaymentPages:
    """What requests and the sweeper do alike with an attempt."""

    def __init__(
        self,
        *,
        database: Database,
        gateway: StripeGateway,
        payments: PaymentService,
        seats: Seats,
        tokens: OrderTokens,
        clock: Clock,
    ) -> None:
        self._database = database
        self._gateway = gateway
        self._payments = payments
        self._seats = seats
        self._tokens = tokens
        self._clock = clock

    async def open(self, attempt: Attempt, order: Order, *, deadline: timedelta) -> OpenedPage:
        """The attempt's own call, byte for byte, and its session written down. Raises StripeFailure."""
        session = await self._gateway.create_session(
            attempt.parameters, idempotency_key=attempt.idempotency_key, deadline=deadline
        )
        crashpoint("checkout.after_session")
        answer = self._answer(order, session)
        async with self._database.transaction() as tx:
            wanted = await self._payments.session_opened(tx, attempt, session, promised_until=order.promised_until)
            if wanted:
                await request_store.done(tx, attempt.order_id, answer)
        log.info("checkout_session_created", order_id=str(order.order_id), session_id=session.session_id)
        return OpenedPage(answer=answer if wanted else None)

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
        """Stripe has not said whether it happened: ask again from the row, at once."""
        async with self._database.transaction() as tx:
            await self._payments.ask_now(tx, attempt)

    async def close(self, attempt: Attempt, *, why: Why, deadline: timedelta) -> None:
        """Ends an open page: at Stripe first, and here only what Stripe confirms (design §2). Raises StripeFailure."""
        session = await self._end_at_stripe(attempt, deadline=deadline)
        cause = Cause(who="system", why=why)
        try:
            async with self._database.transaction() as tx:
                if session.status == "expired":
                    await self._payments.session_expired(tx, session, cause, attempt=attempt)
                else:
                    await self._payments.session_completed(tx, session, cause, attempt=attempt)
        except PaymentMismatch as mismatch:
            async with self._database.transaction() as tx:
                await self._payments.mismatched(tx, attempt, mismatch)
        if session.status == "expired":
            log.info("session_expired", order_id=str(attempt.order_id), session_id=session.session_id)
            await self._seats.release(attempt.order_id)

    async def let_go(self, order_id: UUID) -> None:
        """The buyer gives the seats back. An order that turns out to be paid stays paid. Raises PaymentProviderBusy."""
        for attempt in await payments_store.of_order(self._database, order_id):
            if attempt.state is AttemptState.OPEN:
                try:
                    await self.close(attempt, why=Why.GIVEN_BACK, deadline=LET_GO_DEADLINE)
                except StripeFailure as failure:
                    raise PaymentProviderBusy(headers={"Retry-After": "5"}) from failure

    async def url(self, order_id: UUID) -> str | None:
        """Where the order can be paid, while a payment page is open for it."""
        attempts = await payments_store.of_order(self._database, order_id)
        return next((attempt.session_url for attempt in attempts if attempt.state is AttemptState.OPEN), None)

    async def order_of(self, attempt: Attempt) -> Order | None:
        return await orders.read(self._database, attempt.order_id)

    async def _end_at_stripe(self, attempt: Attempt, *, deadline: timedelta) -> Session:
        """An open session is expired; one that can't be has been paid, is pending, or has expired already."""
        session_id = attempt.session_id or ""
        try:
            return await self._gateway.expire_session(session_id, deadline=deadline)
        except StripeRefused:
            session = await self._gateway.read_session(session_id, deadline=deadline)
        if session.status == "open":
            raise StripeUncertain("the session is open and can't be expired")
        return session

    def _answer(self, order: Order, session: Session) -> dict[str, Any]:
        """C-1's answer; `amount` in minor units."""
        return {
            "success": True,
            "orderId": str(order.order_id),
            "sessionId": session.session_id,
            "url": session.url,
            "amount": order.amount,
            "currency": order.currency,
            "holdExpiresAt": order.promised_until.isoformat().replace("+00:00", "Z"),
            "orderToken": self._tokens.token(order.order_id),
        }
